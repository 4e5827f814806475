import { parseUrl } from '../config/urls.js'
import { AppError } from '../errors.js'
import { Answer } from './answer.js'
import { createConnections, type HttpOptions, type Route } from './connections.js'
import { withoutEncoding } from './content-encoding.js'
import { exchange, type Incoming } from './exchange.js'
import { asAppError, BadAnswer, named, place, refusedByProxy, TooSlow } from './failures.js'

/** A request. We return the complete answer or none. */
export interface ProviderRequest {
  method?: string
  headers?: Record<string, string>
  body?: string | URLSearchParams | null
  /**
   * `refuse` (default): a redirect is an error, and nothing is sent to the new address. `return`: the redirect is the answer.
   * `same_origin`: follows a GET up to five times, never to another scheme, host or port.
   */
  redirects?: 'refuse' | 'return' | 'same_origin'
  /** Timeout of the whole exchange in milliseconds, from connecting to the last byte, with redirects. */
  timeout?: number | undefined
  /** The most bytes of the answer, after decompression. */
  limit?: number
  signal?: AbortSignal
}

/** Sends every request to the provider, with limits of time and size. Rejects with `AppError`. */
export type ProviderFetch = (url: string, request?: ProviderRequest) => Promise<Answer>

const TIMEOUT = 10_000
const LIMIT = 128 * 1024
const REDIRECTS_AT_MOST = 5
/** Firewalls refuse requests without this header. */
const USER_AGENT = 'offline-token-mint'

/** Creates the HTTP client for the provider, with Node's own `http` and `https`. */
export function createFetch(options: HttpOptions): { fetch: ProviderFetch; close(): Promise<void> } {
  const connections = createConnections(options)
  const underWay = new Set<AbortController>()
  let closed = false

  const boundedFetch: ProviderFetch = async (url, request = {}) => {
    if (closed) throw ending(url)
    const { timeout = TIMEOUT, signal } = request
    const ended = new AbortController()
    const timer = setTimeout(() => ended.abort(new TooSlow()), timeout)
    const letGo = () => ended.abort(signal?.reason)
    if (signal?.aborted) letGo()
    signal?.addEventListener('abort', letGo, { once: true })
    underWay.add(ended)
    let route: Route | null = null
    let connected = false
    const ask = (at: string) => {
      route = connections.routeTo(new URL(at))
      return askOnce(at, route, request, ended.signal, () => {
        connected = true
      })
    }
    try {
      return await followed(url, request, ask)
    } catch (error) {
      const proxy = (route as Route | null)?.proxy ?? null
      throw asAppError(error, { url, timeout, proxy, connected })
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', letGo)
      underWay.delete(ended)
    }
  }

  return {
    fetch: boundedFetch,
    async close() {
      closed = true
      for (const ended of underWay) ended.abort(ending('https://the-provider'))
      connections.close()
    },
  }
}

const ending = (url: string) =>
  new AppError('provider_unreachable', `We did not ask ${place(url)}, because this process is ending.`, {
    unsent: true,
  })

async function askOnce(
  url: string,
  route: Route,
  request: ProviderRequest,
  signal: AbortSignal,
  onConnected: () => void,
): Promise<Incoming> {
  const { limit = LIMIT, redirects = 'refuse' } = request
  const answer = await exchange(new URL(url), route, {
    method: request.method ?? 'GET',
    headers: headersOf(request),
    body: request.body?.toString() ?? null,
    limit,
    signal,
    onConnected,
  })
  // A forwarding proxy sends its own refusal instead of the provider's answer.
  if (route.proxy && answer.status === 407) {
    throw refusedByProxy(`The proxy ${named(route.proxy)}`, 407, url, route.proxy.setting)
  }
  const whole = { ...answer, body: decoded(answer, limit) }
  if (redirects !== 'return' && refusesPrograms(whole)) throw new BadAnswer(FIREWALL, FIREWALL_HINT)
  return whole
}

/** We don't request compression, because answers are short. */
const headersOf = ({ headers, body }: ProviderRequest) => ({
  'accept-encoding': 'identity',
  ...(body instanceof URLSearchParams && { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' }),
  ...headers,
  'user-agent': USER_AGENT,
})

/** Sends the request, and follows redirects as far as `redirects` allows. */
async function followed(
  url: string,
  { method = 'GET', redirects = 'refuse' }: ProviderRequest,
  ask: (url: string) => Promise<Incoming>,
): Promise<Answer> {
  let at = url
  for (let hop = 0; ; hop++) {
    const { status, headers, body } = await ask(at)
    const isRedirect = status >= 300 && status < 400
    if (!isRedirect || redirects === 'return') return new Answer(new TextDecoder().decode(body), status, headers)
    const target = targetOf(headers.location, at)
    const follows = redirects === 'same_origin' && method === 'GET' && target?.origin === new URL(at).origin
    if (!follows) throw redirected(status, target)
    if (hop === REDIRECTS_AT_MOST) throw new BadAnswer(`redirects more than ${REDIRECTS_AT_MOST} times`)
    at = (target as URL).href
  }
}

const targetOf = (location: string | undefined, base: string) =>
  location === undefined ? null : parseUrl(location, base)

function redirected(status: number, target: URL | null): BadAnswer {
  if (!target) return new BadAnswer(`answered ${status}, a redirect without an address`)
  return new BadAnswer(
    `answered ${status}, a redirect to ${target.origin}${target.pathname.slice(0, 200)}`,
    'This app does not follow it. If that is the right address, use it in the settings.',
  )
}

function decoded({ headers, body }: Incoming, limit: number): Buffer {
  try {
    return withoutEncoding(body, headers['content-encoding'], limit)
  } catch (error) {
    throw new BadAnswer(
      (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE'
        ? `answered more than ${limit / 1024} KiB`
        : 'answered in an encoding that we did not request',
    )
  }
}

/** Whether a firewall answered: OAuth endpoints refuse in JSON, not with a web page. */
const refusesPrograms = ({ status, headers, body }: Incoming) =>
  status === 403 && /html/i.test(headers['content-type'] ?? '') && /^\uFEFF?\s*</.test(body.toString('utf8', 0, 512))

const FIREWALL = 'answered 403 with a web page: probably a firewall in front of it refuses programs'
const FIREWALL_HINT = `Ask the people who run the provider to let requests with the User-Agent "${USER_AGENT}" through.`
