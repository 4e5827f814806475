import { parseUrl } from '../config/urls.js'
import type { AppError } from '../errors.js'
import { type Finding, noAnswer, unknown } from '../findings/finding.js'
import type { Cause } from '../knowledge/causes/cause.js'
import { causeOf } from '../knowledge/causes/causes.js'
import type { Answer } from '../provider/answer.js'
import type { ProviderFetch } from '../provider/http.js'
import { cut } from '../provider/text.js'
import { titleOf } from '../provider/words.js'
import { beginSignIn } from '../sign-in/run-strategy.js'
import type { AuthorizationRequest } from '../sign-in/strategy.js'
import { pageText } from './page-text.js'

/** What a provider made of an authorization request that came without cookies. `text` is all that it says, `said` what we quote. */
export type AuthorizationAnswer =
  | { kind: 'let_through' }
  | { kind: 'refused'; status: number; error: string | null; text: string; said: string; cause: Cause | null }
  | { kind: 'no_answer'; finding: Finding }

const HOPS = 5
const TIMEOUT = 4_000
/** Characters of a page that we quote whole; of a longer page, the title. */
const QUOTED_AT_MOST = 100

/** Sends what a sign-in would send, as a browser without cookies would, and follows redirects on the same origin. */
export async function askToAuthorize(
  fetch: ProviderFetch,
  request: AuthorizationRequest,
  provider: string,
): Promise<AuthorizationAnswer> {
  let url = new URL((await beginSignIn(request)).url)
  const { origin } = url
  const cookies = new Map<string, string>()
  for (let hop = 0; hop <= HOPS; hop++) {
    const headers = { accept: 'text/html', ...(cookies.size > 0 && { cookie: [...cookies.values()].join('; ') }) }
    let response: Answer
    try {
      response = await fetch(url.href, { headers, redirects: 'return', timeout: TIMEOUT, limit: 512 * 1024 })
    } catch (error) {
      return { kind: 'no_answer', finding: noAnswer(error as AppError) }
    }
    const location = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || !location) return readPage(response, provider)
    const next = parseUrl(location, url)
    if (next === null) return nothing('The authorization endpoint redirects to an invalid address.')
    keepCookies(response, url, cookies)
    url = next
    const refusal = readErrorIn(url, response.status, provider)
    if (refusal) return refusal
    // Back at our callback without an error, or on to another site's sign-in page: nothing was refused here.
    if (url.href.startsWith(request.redirect_uri) || url.origin !== origin) return { kind: 'let_through' }
  }
  return nothing(`The authorization endpoint redirects more than ${HOPS} times, probably in a loop.`)
}

/** A cookie marked Secure is never sent over http (RFC 6265 §5.4). */
function keepCookies(response: Answer, { protocol }: URL, cookies: Map<string, string>): void {
  for (const cookie of response.headers.getSetCookie()) {
    const [pair = '', ...attributes] = cookie.split(';')
    const secure = attributes.some((attribute) => attribute.trim().toLowerCase() === 'secure')
    if (!secure || protocol === 'https:') cookies.set(pair.split('=')[0] ?? '', pair)
  }
}

const nothing = (message: string, hint: string | null = null): AuthorizationAnswer => ({
  kind: 'no_answer',
  finding: unknown(message, hint),
})

/** An error in the query of a redirect, to our callback (RFC 6749 §4.1.2.1) or to an error page of the provider's own. */
function readErrorIn({ searchParams }: URL, status: number, provider: string): AuthorizationAnswer | null {
  const error = searchParams.get('error')
  if (!error) return null
  const error_description = cut(searchParams.get('error_description') ?? '')
  const cause = causeOf({ where: 'callback', error, error_description, provider })
  if (error === 'server_error' || error === 'temporarily_unavailable') {
    return nothing(`The provider answers ${error}: ${cause?.means}`, cause?.hint)
  }
  const text = error_description || cut(error)
  return { kind: 'refused', status, error: cut(error), text, said: text, cause }
}

async function readPage(response: Answer, provider: string): Promise<AuthorizationAnswer> {
  const { status } = response
  if (response.headers.get('cf-mitigated') !== null) {
    return nothing('Something in front of the provider (bot protection) lets only browsers through.')
  }
  // Kerberos: the browser is asked who it is before anything else, and gets the sign-in page along with it.
  if (status === 401 && /^(negotiate|ntlm)\b/i.test(response.headers.get('www-authenticate') ?? '')) {
    return { kind: 'let_through' }
  }
  const html = await response.text()
  const reason = reasonIn(html)
  const text = pageText(reason ?? html)
  // Entra ID tells its code in a script alone.
  const code = /AADSTS\d+/.exec(html)?.[0] ?? ''
  const cause = causeOf({ where: 'check', error: null, error_description: `${code} ${text}`, status, provider })
  if (status >= 500 || status === 429) {
    return nothing(`The authorization endpoint answered ${status}: it has a problem.`, 'Try again in a few minutes.')
  }
  if (status < 400 && cause === null) return { kind: 'let_through' }
  const whole = reason !== null || text.length <= QUOTED_AT_MOST
  const said = whole ? text : (titleOf(html) ?? text.slice(0, QUOTED_AT_MOST))
  return { kind: 'refused', status, error: null, text: cut(text), said: cut(said), cause }
}

/** Keycloak's error page says the reason in one paragraph; the rest is the same on each of its pages. */
const reasonIn = (html: string): string | null =>
  /<p[^>]*class="[^"]*\binstruction\b[^"]*"[^>]*>[^<]{1,500}/.exec(html)?.[0] ?? null
