import type { Context, Middleware, Provider, TokenRecord } from 'oidc-provider/lib/provider.js'
import { userBySubject } from '../config/demo-realm.js'
import { ENDPOINTS } from './endpoints.js'
import { readForm, withForm } from './form.js'
import {
  isOffline,
  type RefreshTokenClaims,
  type RefreshTokenFormat,
  SESSION_IDLE,
  storedId,
} from './refresh-token-jwt.js'

/** Which field holds a refresh token, by endpoint. */
const FIELDS = new Map([
  [ENDPOINTS.token, 'refresh_token'],
  [ENDPOINTS.introspection, 'token'],
  [ENDPOINTS.revocation, 'token'],
])

/**
 * Stands between the client and oidc-provider wherever a refresh token passes: outside it is Keycloak's JWT and the answer has
 * Keycloak's members, inside it is oidc-provider's own opaque token.
 */
export function keycloakTokens(provider: Provider, format: RefreshTokenFormat): Middleware {
  return async (ctx, next) => {
    const field = FIELDS.get(ctx.path)
    const form = field && (await readForm(ctx.req))
    if (!field || !form) return next()

    const sent = form.getAll(field)
    const claims = sent.length === 1 ? await format.open(sent[0] as string) : null
    // A token that is not ours goes on as a name that nothing bears, so that oidc-provider answers in the usual order: client first.
    if (sent.length === 1 && sent[0]) form.set(field, claims ? storedId(claims) : 'unknown')
    ctx.req = ctx.request.req = withForm(ctx.req, form)
    await next()

    const body = ctx.body as Record<string, unknown> | string
    if (typeof body !== 'object') return
    if (ctx.path === ENDPOINTS.introspection && body.active && claims) ctx.body = introspected(claims)
    if (ctx.path !== ENDPOINTS.token) return
    if (ctx.status === 200) ctx.body = await issued(ctx, body, format)
    else if (body.error === 'invalid_grant' && form.get('grant_type') === 'refresh_token') {
      ctx.body = { error: 'invalid_grant', error_description: await refuse(provider, claims) }
    }
  }
}

/** A token answer with Keycloak's members; its `refresh_expires_in` is 0 for an offline token. */
async function issued(ctx: Context, body: Record<string, unknown>, format: RefreshTokenFormat) {
  const token = ctx.oidc.entities.RefreshToken as TokenRecord
  const { access_token, expires_in, token_type, id_token, scope } = body
  return {
    access_token,
    expires_in,
    refresh_expires_in: isOffline(token) ? 0 : SESSION_IDLE,
    refresh_token: await format.seal(token),
    token_type,
    ...(id_token ? { id_token } : {}),
    'not-before-policy': 0,
    session_state: token.grantId,
    scope,
  }
}

function introspected(claims: RefreshTokenClaims) {
  return { ...claims, client_id: claims.azp, username: userBySubject(claims.sub)?.username, active: true }
}

/**
 * Why a refresh was refused, in Keycloak's words. A token of ours that is not known any more while its grant lives was used before:
 * then the grant dies, and with it the newest token (RFC 9700 §4.14.2).
 */
async function refuse(provider: Provider, claims: RefreshTokenClaims | null): Promise<string> {
  if (!claims) return 'Invalid refresh token'
  const grant = await provider.Grant.find(claims.sid)
  if (!grant) return "Session doesn't have required client"
  await provider.RefreshToken.revokeByGrantId(claims.sid)
  await grant.destroy()
  return 'Maximum allowed refresh token reuse exceeded'
}
