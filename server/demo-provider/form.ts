import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { Middleware } from 'oidc-provider/lib/provider.js'
import { ENDPOINTS, SIGN_OUT } from './endpoints.js'

/** Far more than any form of ours; a refresh token is under 1 kB. */
const LIMIT = 56 * 1024

/** Where clients send forms that we look into before oidc-provider does. */
const READ_BEFORE: string[] = [
  ENDPOINTS.token,
  ENDPOINTS.introspection,
  ENDPOINTS.revocation,
  ENDPOINTS.device_authorization,
  SIGN_OUT,
]

/** Reads the form of such a request into `ctx.form`, where the middleware that follows may change it. */
export const takeForm: Middleware = async (ctx, next) => {
  if (ctx.method === 'POST' && READ_BEFORE.includes(ctx.path)) ctx.form = (await readForm(ctx.req)) ?? undefined
  return next()
}

/** Hands the form on to oidc-provider, as it is by now. */
export const passForm: Middleware = (ctx, next) => {
  if (ctx.form) ctx.req = ctx.request.req = withForm(ctx.req, ctx.form)
  return next()
}

/**
 * Reads the urlencoded form in a request's body; null where the body is something else, which is then left unread. When the app in
 * front has parsed the form already, it is in `req.body`. Longer than 56 kB throws with status 413.
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

/** Makes the same request with another form in it. The form is a stream, because oidc-provider reads the body from one. */
function withForm(req: IncomingMessage, form: URLSearchParams): IncomingMessage {
  const body = Buffer.from(form.toString())
  const { 'transfer-encoding': _, ...headers } = req.headers
  const { method, url, socket, httpVersion } = req
  const { originalUrl, baseUrl } = req as { originalUrl?: string; baseUrl?: string }
  const same = { method, url, originalUrl, baseUrl, socket, httpVersion }
  return Object.assign(Readable.from([body]), same, {
    headers: { ...headers, 'content-length': String(body.length) },
  }) as unknown as IncomingMessage
}
