import type { Context, Middleware, TokenRecord } from 'oidc-provider/lib/provider.js'
import { userBySubject } from '../config/demo-realm.js'
import { ENDPOINTS } from './endpoints.js'
import { isOffline, type RefreshTokenClaims, type RefreshTokenFormat, storedId } from './refresh-token-jwt.js'
import type { Refusals } from './refusals.js'
import { grantParts, SESSION_IDLE } from './sign-ons.js'

/** Which field holds a refresh token, by endpoint. */
const FIELDS = new Map([
  [ENDPOINTS.token, 'refresh_token'],
  [ENDPOINTS.introspection, 'token'],
  [ENDPOINTS.revocation, 'token'],
])

/**
 * Translates wherever a refresh token passes between the client and oidc-provider: outside it is Keycloak's JWT and the answer has
 * Keycloak's members, inside it is oidc-provider's own opaque token.
 */
export function keycloakTokens(format: RefreshTokenFormat, refusals: Refusals): Middleware {
  return async (ctx, next) => {
    const { form } = ctx
    const field = FIELDS.get(ctx.path)
    if (!field || !form) return next()

    const sent = form.getAll(field)
    const claims = sent.length === 1 ? await format.open(sent[0] as string) : null
    const known = claims && !refusals.sessionEnded(claims)
    // A token that can't be used is sent on as an unknown name, so that oidc-provider checks in the usual order: the client first.
    if (sent.length === 1 && sent[0]) form.set(field, known ? storedId(claims) : 'unknown')
    await next()

    const body = ctx.body as Record<string, unknown> | string
    if (typeof body !== 'object' || body === null) return
    if (ctx.path === ENDPOINTS.introspection && body.active && claims) ctx.body = introspected(claims)
    if (ctx.path !== ENDPOINTS.token) return
    if (ctx.status === 200) ctx.body = await issued(ctx, body, format)
    else if (body.error === 'invalid_grant' && form.get('grant_type') === 'refresh_token') {
      ctx.body = { error: 'invalid_grant', error_description: await refusals.describe(claims) }
    }
  }
}

/** Builds a token answer with Keycloak's members; its `refresh_expires_in` is 0 for an offline token. */
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
    session_state: grantParts(token.grantId).sid,
    scope,
  }
}

function introspected(claims: RefreshTokenClaims) {
  return { ...claims, client_id: claims.azp, username: userBySubject(claims.sub)?.username, active: true }
}
