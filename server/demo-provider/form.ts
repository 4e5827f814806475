import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** Far more than any form of ours; a refresh token is under 1 kB. */
const LIMIT = 56 * 1024

/**
 * The urlencoded form in a request's body, or null where the body is something else (it is left unread then). A form that
 * somebody before us has parsed is taken from `req.body`. Longer than 56 kB throws with status 413.
 */
export async function readForm(req: IncomingMessage & { body?: unknown }): Promise<URLSearchParams | null> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(req.headers['content-type'] ?? '')) return null
  if (req.body && typeof req.body === 'object') return new URLSearchParams(req.body as Record<string, string>)
  let text = ''
  for await (const chunk of req.setEncoding('utf8')) {
    text += chunk
    if (text.length > LIMIT) throw Object.assign(new Error('the form is too large'), { status: 413, expose: true })
  }
  return new URLSearchParams(text)
}

/** The same request with another form in it: oidc-provider reads the body from the stream, so it has to be one. */
export function withForm(req: IncomingMessage, form: URLSearchParams): IncomingMessage {
  const body = Buffer.from(form.toString())
  const { 'transfer-encoding': _, ...headers } = req.headers
  const { method, url, socket, httpVersion } = req
  const { originalUrl, baseUrl } = req as { originalUrl?: string; baseUrl?: string }
  const same = { method, url, originalUrl, baseUrl, socket, httpVersion }
  return Object.assign(Readable.from([body]), same, {
    headers: { ...headers, 'content-length': String(body.length) },
  }) as unknown as IncomingMessage
}
