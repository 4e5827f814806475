import { InvalidRequest } from 'oidc-provider/lib/helpers/errors.js'
import type { Context, Middleware } from 'oidc-provider/lib/provider.js'
import { withDefaultScopes } from './authorization-request.js'
import { ENDPOINTS } from './endpoints.js'

/** Seconds between two questions of a device (RFC 8628 §3.2). */
export const POLL_INTERVAL = 5

/** Seconds that a device waits for its person (Keycloak: OAuth 2.0 Device Code Lifespan). */
export const DEVICE_CODE_LIFETIME = 600

/** What is kept of a device's request beside oidc-provider's own record. */
export interface DeviceInfo {
  /** Milliseconds since the epoch, by our clock; oidc-provider knows the machine's only. */
  expiresAt: number
  codeChallenge: string | null
}

/** Adds Keycloak's default scopes to a device's request, and to the answer how often the device may ask (RFC 8628 §3.2). */
export const keycloakDeviceRequest: Middleware = async (ctx, next) => {
  const { form } = ctx
  if (ctx.path !== ENDPOINTS.device_authorization || !form) return next()
  // What is given twice stays as it is, to be refused.
  if (form.getAll('scope').length < 2) form.set('scope', withDefaultScopes(form.get('scope') ?? ''))
  await next()
  if (ctx.status === 200) ctx.body = { ...ctx.body, interval: POLL_INTERVAL }
}

/** Keeps what oidc-provider leaves unread of a device's request: the PKCE challenge (RFC 7636), and when it was sent. */
export function deviceInfo(ctx: Context, clock: () => number): DeviceInfo {
  const challenge = ctx.form?.get('code_challenge') ?? null
  const method = ctx.form?.get('code_challenge_method') ?? null
  const expiresAt = clock() + DEVICE_CODE_LIFETIME * 1000
  if (challenge === null && method === null) return { expiresAt, codeChallenge: null }
  if (challenge === null) throw new InvalidRequest('Missing parameter: code_challenge')
  if (method === null) throw new InvalidRequest('Missing parameter: code_challenge_method')
  if (method !== 'S256') throw new InvalidRequest('Invalid parameter: code_challenge_method')
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge)) throw new InvalidRequest('Invalid parameter: code_challenge')
  return { expiresAt, codeChallenge: challenge }
}
