import { createHash } from 'node:crypto'
import type { Context, DeviceCode, Middleware, Provider } from 'oidc-provider/lib/provider.js'
import { type DeviceInfo, POLL_INTERVAL } from './device-request.js'
import { ENDPOINTS } from './endpoints.js'

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** Milliseconds that a device may come early, because its timer and its network are not exact. */
const TOLERANCE = 500

interface Refusal {
  error: string
  error_description: string
}

const NOT_VALID = { error: 'invalid_grant', error_description: 'Device code not valid' }
const EXPIRED = { error: 'expired_token', error_description: 'Device code is expired' }
const TOO_SOON = { error: 'slow_down', error_description: 'Slow down' }
const PENDING = { error: 'authorization_pending', error_description: 'The authorization request is still pending' }
const NO_VERIFIER = { error: 'invalid_grant', error_description: 'PKCE code verifier not specified' }
const WRONG_VERIFIER = { error: 'invalid_grant', error_description: 'PKCE verification failed' }

/**
 * Answers the questions of a waiting device as Keycloak does (RFC 8628 §3.5). oidc-provider issues the tokens; what it doesn't look
 * at is how often a device asks, and PKCE.
 */
export function devicePolls(provider: Provider, clock: () => number): Middleware {
  const polledAt = new WeakMap<DeviceInfo, number>()

  return async (ctx, next) => {
    const { form } = ctx
    if (ctx.path !== ENDPOINTS.token || form?.get('grant_type') !== DEVICE_GRANT) return next()
    const sent = form.getAll('device_code')
    const refusal = sent.length === 1 && sent[0] ? await refuse(ctx, sent[0]) : null
    // oidc-provider refuses an unknown code only after it has checked the client.
    if (refusal) form.set('device_code', 'unknown')
    await next()
    if (ctx.body?.error === 'invalid_grant') ctx.body = refusal ?? NOT_VALID
    else if (ctx.body?.error === PENDING.error) ctx.body = PENDING
  }

  async function refuse(ctx: Context, code: string): Promise<Refusal | null> {
    const device = await provider.DeviceCode.find(code, { ignoreExpiration: true })
    if (!device) return NOT_VALID
    if (device.deviceInfo.expiresAt <= clock()) return EXPIRED
    if (!mayAsk(device.deviceInfo)) return TOO_SOON
    return checkVerifier(device, ctx.form?.get('code_verifier') ?? null)
  }

  function mayAsk(device: DeviceInfo): boolean {
    const last = polledAt.get(device)
    if (last !== undefined && clock() - last < POLL_INTERVAL * 1000 - TOLERANCE) return false
    polledAt.set(device, clock())
    return true
  }
}

function checkVerifier(device: DeviceCode, verifier: string | null): Refusal | null {
  const { codeChallenge } = device.deviceInfo
  if (codeChallenge === null) return verifier === null ? null : WRONG_VERIFIER
  if (verifier === null) return NO_VERIFIER
  return createHash('sha256').update(verifier).digest('base64url') === codeChallenge ? null : WRONG_VERIFIER
}
