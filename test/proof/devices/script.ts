import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { listening } from '../../support/listening.js'

export const DAY = 86_400_000

/** How a provider behaves, as it documents it. Times in milliseconds. */
export interface Behaviour {
  /** What a refresh brings, by its number in the grant (from 1): no token, the same one, or another. */
  brings(use: number): 'none' | 'same' | 'other'
  /** What becomes of the token that was replaced. */
  replaced?: 'lives' | 'dies' | 'dies_when_access_token_is_used'
  /** A replaced token is still taken for so long. */
  grace?: number
  /** Using a dead token again ends the whole grant. */
  detectsReuse?: boolean
  /** Unused for longer, the grant ends. */
  idle?: number
  /** The grant ends so long after the sign-in, whatever happens. */
  endsAfter?: number
  /** Each token ends so long after it was issued. */
  tokenLasts?: number
  /** What its answers say beside the tokens. */
  says?(ends: number | null, now: number): Record<string, unknown>
  /** Its refresh token, with what it knows about its own end; opaque unless given. */
  token?(ends: number | null): string
  introspection?: 'no' | 'yes' | 'all_inactive'
  userinfo?: boolean
  /** A user has so many tokens at most; the oldest ends. */
  perUser?: number
}

interface Grant {
  began: number
  used: number
  uses: number
  dead: boolean
}

interface Token {
  grant: Grant
  issued: number
  replaced: number | null
  /** Ends with the next use of the grant's new access token. */
  doomed: boolean
}

/** A provider that behaves so, on a port of its own, by this clock. */
export async function startScripted(behaviour: Behaviour, paths: Record<string, string>, now: () => number) {
  const tokens = new Map<string, Token>()
  const access = new Map<string, { grant: Grant; until: number }>()
  const grants: Grant[] = []
  const random = () => randomBytes(12).toString('base64url')

  function endOf({ grant, issued }: Token): number | null {
    const ends = [
      behaviour.endsAfter === undefined ? null : grant.began + behaviour.endsAfter,
      behaviour.tokenLasts === undefined ? null : issued + behaviour.tokenLasts,
    ].filter((end) => end !== null)
    return ends.length > 0 ? Math.min(...ends) : null
  }

  function lives(token: Token): boolean {
    const { grant, replaced } = token
    const gone = replaced !== null && behaviour.replaced !== 'lives' && !token.doomed
    const idle = behaviour.idle !== undefined && grant.used + behaviour.idle <= now()
    const inGrace = replaced !== null && replaced + (behaviour.grace ?? 0) > now()
    return !grant.dead && !idle && (endOf(token) ?? Number.POSITIVE_INFINITY) > now() && (!gone || inGrace)
  }

  function issue(grant: Grant): string {
    const token: Token = { grant, issued: now(), replaced: null, doomed: false }
    const value = behaviour.token?.(endOf(token)) ?? `refresh-${random()}`
    tokens.set(value, token)
    return value
  }

  function answer(grant: Grant, refresh_token: string | null): Record<string, unknown> {
    const access_token = `access-${random()}`
    access.set(access_token, { grant, until: now() + 300_000 })
    const current = [...tokens.values()].findLast((token) => token.grant === grant) as Token
    const says = behaviour.says?.(endOf(current), now())
    return { access_token, token_type: 'Bearer', expires_in: 300, ...says, ...(refresh_token && { refresh_token }) }
  }

  function refresh(value: string): Record<string, unknown> {
    const token = tokens.get(value)
    if (!token || !lives(token)) {
      if (token && behaviour.detectsReuse) token.grant.dead = true
      return { error: 'invalid_grant' }
    }
    const { grant } = token
    grant.used = now()
    grant.uses += 1
    const brings = behaviour.brings(grant.uses)
    if (brings !== 'other') return answer(grant, brings === 'same' ? value : null)
    token.replaced ??= now()
    if (behaviour.replaced === 'dies_when_access_token_is_used') token.doomed = true
    return answer(grant, issue(grant))
  }

  function signIn(): Record<string, unknown> {
    const grant: Grant = { began: now(), used: now(), uses: 0, dead: false }
    grants.push(grant)
    for (const oldest of grants.slice(0, -(behaviour.perUser ?? grants.length))) oldest.dead = true
    return answer(grant, issue(grant))
  }

  /** Any use of the access token: at UserInfo, or by the device at its API. */
  function useAccessToken(value: string): boolean {
    const found = access.get(value)
    if (!found || found.until <= now()) return false
    for (const token of tokens.values()) if (token.grant === found.grant) token.doomed = false
    return true
  }

  const provider = await listening(async (req: IncomingMessage, res: ServerResponse) => {
    let text = ''
    for await (const chunk of req) text += chunk
    const form = new URLSearchParams(text)
    const json = (body: object, status = 'error' in body ? 400 : 200) =>
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const value = form.get('refresh_token') ?? ''
    const bearer = req.headers.authorization?.replace('Bearer ', '') ?? ''
    if (req.url === '/.well-known/openid-configuration') return json(metadata())
    if (req.url === paths.token) return json(form.get('grant_type') === 'refresh_token' ? refresh(value) : signIn())
    if (req.url === '/userinfo' || req.url === '/api') {
      return useAccessToken(bearer) ? json({ sub: 'u', preferred_username: 'dana' }) : json({ error: 'invalid' }, 401)
    }
    if (req.url !== '/introspect') return json({}, 404)
    const asked = tokens.get(form.get('token') ?? '')
    const active = behaviour.introspection === 'yes' && asked !== undefined && lives(asked)
    const exp = asked && endOf(asked)
    json({ active, ...(active && exp && !behaviour.token && { exp: Math.floor(exp / 1000) }) })
  })
  const metadata = () => ({
    issuer: provider.url,
    authorization_endpoint: `${provider.url}${paths.authorize}`,
    token_endpoint: `${provider.url}${paths.token}`,
    ...(paths.keys && { jwks_uri: `${provider.url}${paths.keys}` }),
    ...(paths.device && { device_authorization_endpoint: `${provider.url}${paths.device}` }),
    ...(behaviour.introspection && { introspection_endpoint: `${provider.url}/introspect` }),
    ...(behaviour.userinfo && { userinfo_endpoint: `${provider.url}/userinfo` }),
  })
  return provider
}
