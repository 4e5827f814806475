import { parseUrl } from '../config/urls.js'
import { AppError } from '../errors.js'
import type { UsedProxy } from './connections.js'
import { ProxyFailure } from './proxy-agents.js'

/** An answer that we can't use. Its message continues after the address: "answered 302, …". */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer'
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/** The timeout of an exchange. */
export class TooSlow extends Error {
  override readonly name = 'TooSlow'
}

/** Returns host and path, which identify the endpoint; never the query, which may contain a code or a token. */
export function place(url: string): string {
  if (parseUrl(url) === null) return 'An invalid URL'
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

export interface Circumstances {
  url: string
  /** The timeout of the exchange, in milliseconds. */
  timeout: number
  proxy: UsedProxy | null
  /** Whether a connection came about, so that the provider may have received something. */
  connected: boolean
}

/** Explains Node's codes for certificates that it does not trust. */
const UNTRUSTED: Record<string, string> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: "it is not valid yet (is this machine's clock right?)",
  CERT_REVOKED: 'it was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in a self-signed certificate',
  UNABLE_TO_GET_ISSUER_CERT: 'this machine does not know its issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'this machine does not know its issuer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'this machine does not know its issuer',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host name',
}

const UNREACHABLE: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'this host name is unknown',
  EAI_AGAIN: 'we could not look up the host name',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ECONNABORTED: 'the connection was cut',
  EHOSTUNREACH: 'there is no network route to it',
  ENETUNREACH: 'there is no network route to it',
}

/** Turns a failed request into an `AppError` that says what to change. */
export const asAppError = (error: unknown, at: Circumstances): AppError =>
  explained(error, at).with({ unsent: !at.connected })

function explained(error: unknown, at: Circumstances): AppError {
  if (error instanceof AppError) return error
  if (error instanceof BadAnswer) return malformed(at.url, error.message, error.hint)
  if (error instanceof ProxyFailure) return proxyFailed(error, at)
  const cause = rootCause(error)
  const code = String((cause as { code?: unknown }).code ?? '')
  const { proxy } = at
  if (error instanceof TooSlow || code === 'ETIMEDOUT') {
    return tooSlow(`${place(at.url)}${proxy ? `, asked through the proxy ${named(proxy)},` : ''}`, at.timeout, cause)
  }
  // For a plain http URL, the only TLS is the one of the proxy.
  if (proxy && /^http:/i.test(at.url)) {
    const tls = untrusted(`the proxy ${named(proxy)}`, code, cause) ?? noTls(`The proxy ${named(proxy)}`, code, cause)
    if (tls) return tls
  }
  return (
    untrusted(place(at.url), code, cause) ??
    noTls(place(at.url), code, cause) ??
    noHttp(at.url, code, cause) ??
    new AppError(
      'provider_unreachable',
      `We can't reach ${place(at.url)}: ${UNREACHABLE[code] ?? 'the connection failed'}.`,
      { hint: 'Check the address in OAUTH2_ISSUER or the endpoints, and that the provider is running.', cause },
    )
  )
}

export const malformed = (url: string, what: string, hint?: string) =>
  new AppError('provider_malformed', `${place(url)} ${what}.`, { hint })

const tooSlow = (who: string, timeout: number, cause: unknown) =>
  new AppError('provider_timeout', `${who} did not answer within ${timeout / 1000} seconds.`, { cause })

function untrusted(who: string, code: string, cause: Error): AppError | null {
  const why = UNTRUSTED[code]
  if (!why) return null
  return new AppError('provider_untrusted', `The certificate of ${who} is not trusted: ${why}.`, {
    hint:
      code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code.startsWith('CERT_')
        ? 'Replace the certificate on that server. OAUTH2_CA_FILE helps only if the issuer is unknown.'
        : "Put your company's certificate authority into a PEM file and set OAUTH2_CA_FILE to it.",
    cause,
  })
}

/** OpenSSL's codes for an answer in plain text. */
const PLAIN_TEXT = /wrong version number|packet length too long|http request|record layer failure/i

function noTls(who: string, code: string, cause: Error): AppError | null {
  if (code !== 'EPROTO' && !code.startsWith('ERR_SSL_')) return null
  if (PLAIN_TEXT.test(cause.message)) {
    return new AppError('provider_unreachable', `${who} speaks no TLS there: it answers in plain http.`, {
      hint: 'Use the port that speaks https. If you really want plain http, write http:// instead of https://.',
      cause,
    })
  }
  const { reason } = cause as { reason?: string }
  return new AppError('provider_unreachable', `${who} and this app can't agree on TLS${reason ? `: ${reason}` : ''}.`, {
    hint: 'It may speak only an old version of TLS, or need a client certificate, which this app does not have.',
    cause,
  })
}

function noHttp(url: string, code: string, cause: Error): AppError | null {
  if (!code.startsWith('HPE_')) return null
  return new AppError(
    'provider_malformed',
    code === 'HPE_HEADER_OVERFLOW'
      ? `${place(url)} sends more headers than this app reads.`
      : `${place(url)} answers something that is not HTTP.`,
    { hint: 'Check the address and the port. If the port speaks https, write https://.', cause },
  )
}

function proxyFailed({ status, cause }: ProxyFailure, { url, timeout, proxy }: Circumstances): AppError {
  const who = `The proxy ${proxy ? named(proxy) : ''}`
  const setting = proxy?.setting ?? 'HTTPS_PROXY'
  if (status !== null) return refusedByProxy(who, status, url, setting)
  const why = rootCause(cause)
  const code = String((why as { code?: unknown }).code ?? '')
  if (code === 'ETIMEDOUT') return tooSlow(who, timeout, cause)
  return (
    untrusted(`the proxy ${proxy ? named(proxy) : ''}`, code, why) ??
    noTls(who, code, why) ??
    new AppError(
      'provider_unreachable',
      `${who} does not work: ${UNREACHABLE[code] ?? 'it closed the connection without an answer'}.`,
      { hint: `Check ${setting}. ${pastIt(url)}`, cause: why },
    )
  )
}

/** Reports a proxy that answered and refused the connection. */
export function refusedByProxy(who: string, status: number, url: string, setting: string): AppError {
  if (status === 407) {
    return new AppError('provider_unreachable', `${who} needs a user name and a password (407).`, {
      hint: `Write them into the address: ${setting}=http://USER:PASSWORD@HOST:PORT. If they are there already, they are wrong.`,
    })
  }
  return new AppError(
    'provider_unreachable',
    `${who} does not connect to ${new URL(url).host}: it answered ${status}.`,
    {
      hint: `Ask the people who run the proxy to allow that address. ${pastIt(url)}`,
    },
  )
}

/** Names a proxy in a message: its address without a password, and its setting. */
export const named = ({ host, setting }: UsedProxy) => `${host} (${setting})`

const pastIt = (url: string) => `If you can reach ${new URL(url).hostname} without a proxy, add it to NO_PROXY.`

/** Finds the first, innermost cause: a connection that tried two addresses has two reasons, and an error can have a cause. */
function rootCause(error: unknown): Error {
  const { cause, errors } = (error ?? {}) as Error & { errors?: Error[] }
  const inner = cause ?? errors?.[0]
  return inner ? rootCause(inner) : ((error ?? new Error('unknown')) as Error)
}
