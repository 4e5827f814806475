import type { Readable } from 'node:stream'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { AppError } from '../errors.js'
import { Answer } from './answer.js'
import { once } from './once.js'

/** What goes out. The answer comes back whole, or not at all. */
export interface ProviderRequest {
  method?: string
  headers?: Record<string, string>
  body?: string | URLSearchParams | null
  /** `refuse` (default): a redirect is no answer, and what was sent is not sent again elsewhere. */
  redirects?: 'refuse' | 'return'
  /** Milliseconds for the whole exchange, from connecting to the last byte. */
  timeout?: number | undefined
  /** Bytes of the answer, after decompression. */
  limit?: number
  signal?: AbortSignal
}

/** The one way out to the provider: bounded in time and size, never following a redirect. Rejects with `AppError`. */
export type ProviderFetch = (url: string, request?: ProviderRequest) => Promise<Answer>

export interface HttpOptions {
  /** PEM text of further certificate authorities. */
  ca: string | null
  proxy: { http: string | null; https: string | null; no: string | null }
  /** Connects here whatever the URL's host says: the embedded provider is reached on the address we listen on. */
  connectTo?: { host: string; port: number } | null
}

/** What sends a request and keeps connections; the answer's head comes first, its body is read by whoever asked. */
export interface Connections {
  send(
    url: URL,
    request: { method: string; headers: Record<string, string>; body: string | null; signal: AbortSignal },
  ): Promise<{ statusCode: number; headers: Record<string, string | string[] | undefined>; body: Readable }>
  close(): Promise<void>
}

const TIMEOUT = 10_000
const LIMIT = 128 * 1024

export function createFetch(options: HttpOptions): { fetch: ProviderFetch; close(): Promise<void> } {
  const connections = once(() => open(options))
  let opened: Promise<Connections> | null = null
  let closed = false

  const boundedFetch: ProviderFetch = async (url, request = {}) => {
    const { timeout = TIMEOUT, limit = LIMIT, redirects = 'refuse' } = request
    if (closed)
      throw new AppError('provider_unreachable', `${place(url)} is not asked any more: this process is ending.`)
    const deadline = AbortSignal.timeout(timeout)
    try {
      opened = connections()
      const { send } = await opened
      const { statusCode, headers, body } = await send(new URL(url), {
        method: request.method ?? 'GET',
        headers: headersOf(request),
        body: request.body?.toString() ?? null,
        signal: request.signal ? AbortSignal.any([deadline, request.signal]) : deadline,
      })
      if (redirects === 'refuse' && statusCode >= 300 && statusCode < 400) {
        body.destroy()
        throw malformed(url, `answered ${statusCode}, a redirect`)
      }
      const bytes = decoded(url, await readAtMost(url, body, limit), headers['content-encoding'], limit)
      return new Answer(new TextDecoder().decode(bytes), statusCode, headers)
    } catch (error) {
      throw deadline.aborted ? tooSlow(url, timeout, error) : asAppError(error, url, timeout)
    }
  }

  return {
    fetch: boundedFetch,
    async close() {
      closed = true
      await (await opened)?.close()
    },
  }
}

/** Loaded with the first request: a start does not wait for it. */
const open = async (options: HttpOptions): Promise<Connections> =>
  options.proxy.http === null && options.proxy.https === null
    ? (await import('./directly.js')).directly(options)
    : (await import('./by-proxy.js')).byProxy(options)

/** Compressed answers are not asked for: they are short. */
const headersOf = ({ headers, body }: ProviderRequest) => ({
  'accept-encoding': 'identity',
  ...(body instanceof URLSearchParams && { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' }),
  ...headers,
})

async function readAtMost(url: string, body: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(url, limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const DECODERS: Record<string, typeof gunzipSync> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
}

/** For those who compress whatever was asked for. */
function decoded(url: string, body: Buffer, encoding: unknown, limit: number): Buffer {
  if (encoding === undefined || encoding === 'identity' || body.length === 0) return body
  try {
    const decode = DECODERS[String(encoding).toLowerCase()]
    if (decode) return decode(body, { maxOutputLength: limit })
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(url, limit)
  }
  throw malformed(url, 'answered in an encoding that was not asked for')
}

const tooLarge = (url: string, limit: number) => malformed(url, `answered more than ${limit / 1024} KiB`)

const malformed = (url: string, what: string) => new AppError('provider_malformed', `${place(url)} ${what}.`)

/** Host and path: enough to know which endpoint it was; never a query, which may hold a code or a token. */
const place = (url: string) => {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

/** What Node's TLS says of a certificate it does not take, in words. */
const UNTRUSTED: Record<string, string> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: "it is not valid yet (is this machine's clock right?)",
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in a self-signed certificate',
  UNABLE_TO_GET_ISSUER_CERT: 'its issuer is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its issuer is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its issuer is not known here',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host name',
}

const UNREACHABLE: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'that host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
}

function asAppError(error: unknown, url: string, timeout: number): AppError {
  if (error instanceof AppError) return error
  const cause = rootCause(error)
  const code = String((cause as { code?: unknown }).code ?? '')
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return tooSlow(url, timeout, cause)
  const untrusted = UNTRUSTED[code]
  if (untrusted) {
    return new AppError('provider_untrusted', `The certificate of ${place(url)} is not trusted: ${untrusted}.`, {
      hint:
        code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code.startsWith('CERT_')
          ? 'This is to be mended at the provider. OAUTH2_CA_FILE helps only where the issuer is not known.'
          : "Put your company's certificate authority into a PEM file and name it in OAUTH2_CA_FILE.",
      cause,
    })
  }
  const why = UNREACHABLE[code] ?? 'the connection failed'
  return new AppError('provider_unreachable', `${place(url)} can't be reached: ${why}.`, {
    hint: 'Check the address in OAUTH2_ISSUER or the endpoints, and that the provider runs.',
    cause,
  })
}

const tooSlow = (url: string, timeout: number, cause: unknown) =>
  new AppError('provider_timeout', `${place(url)} did not answer within ${timeout / 1000} seconds.`, { cause })

/** A connection tried on two addresses has two reasons, and a broken one may have a cause: the first, innermost one tells. */
function rootCause(error: unknown): Error {
  const { cause, errors } = error as Error & { errors?: Error[] }
  const inner = cause ?? errors?.[0]
  return inner ? rootCause(inner) : (error as Error)
}
