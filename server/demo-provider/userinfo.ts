import { type JWK, type JWTPayload, jwtVerify } from 'jose'
import type { Context, Middleware, Provider } from 'oidc-provider/lib/provider.js'
import { claimsAbout, userBySubject } from '../config/demo-realm.js'
import { AUDIENCE } from './access-token.js'
import { ENDPOINTS } from './endpoints.js'
import { grantIdOf, isOffline } from './refresh-token-jwt.js'
import type { SignOns } from './sign-ons.js'

export interface UserinfoSettings {
  provider: Provider
  signOns: SignOns
  issuer: string
  publicKey: JWK
  clock: () => number
}

interface AccessTokenClaims extends JWTPayload {
  jti: string
  sid: string
  scope: string
}

/**
 * Answers UserInfo requests (OpenID Connect Core §5.3) for our access tokens. oidc-provider's own endpoint takes opaque ones only: to
 * it, a JWT is meant for another resource.
 */
export function userinfo({ provider, signOns, issuer, publicKey, clock }: UserinfoSettings): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== ENDPOINTS.userinfo) return next()
    ctx.set('Cache-Control', 'no-store')
    const [, token] = /^bearer +(\S+)$/i.exec(ctx.get('authorization')) ?? []
    if (!token)
      return refuse(ctx, 401, 'invalid_token', 'Send the access token as "Authorization: Bearer <ACCESS_TOKEN>"')
    const options = { algorithms: ['RS256'], issuer, audience: AUDIENCE, currentDate: new Date(clock()) }
    const claims = await jwtVerify<AccessTokenClaims>(token, publicKey, options).then(
      (verified) => verified.payload,
      () => null,
    )
    const user = userBySubject(claims?.sub)
    if (!claims || !user || !(await isLive(claims))) {
      return refuse(ctx, 401, 'invalid_token', 'Token verification failed')
    }
    if (!claims.scope.split(' ').includes('openid')) {
      return refuse(ctx, 403, 'insufficient_scope', 'Missing openid scope')
    }
    ctx.body = { sub: user.sub, ...claimsAbout(user) }
  }

  /** Says whether the grant still stands, and without `offline_access` the sign-in too. */
  async function isLive(claims: AccessTokenClaims): Promise<boolean> {
    if (!isOffline(claims) && !signOns.isActive(claims.sid)) return false
    return Boolean(await provider.Grant.find(grantIdOf(claims)))
  }
}

/** RFC 6750 §3: the reason stands in the header as well. */
function refuse(ctx: Context, status: number, error: string, description: string): void {
  ctx.status = status
  ctx.set(
    'WWW-Authenticate',
    `Bearer realm="organicity", error="${error}", error_description="${description.replaceAll('"', "'")}"`,
  )
  ctx.body = { error, error_description: description }
}
