import { randomBytes, randomUUID } from 'node:crypto'
import { type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { TokenRecord } from 'oidc-provider/lib/provider.js'

/** Seconds that a refresh token without `offline_access` lives (Keycloak: SSO Session Idle). */
export const SESSION_IDLE = 1800

export interface RefreshTokenClaims extends JWTPayload {
  jti: string
  sub: string
  sid: string
  typ: 'Offline' | 'Refresh'
  azp: string
  scope: string
}

export interface RefreshTokenFormat {
  /** A new JWT for a stored refresh token; another string each time. */
  seal(token: TokenRecord): Promise<string>
  /** The claims of a JWT that was sealed here and has not expired; null for anything else. */
  open(jwt: string): Promise<RefreshTokenClaims | null>
}

/** Whether a refresh token was asked for with `offline_access`. */
export function isOffline(token: { scope?: string }): boolean {
  return (token.scope ?? '').split(' ').includes('offline_access')
}

/** The identifier under which oidc-provider knows the refresh token with these claims. */
export function storedId(claims: RefreshTokenClaims): string {
  return claims.jti.split('.')[0] as string
}

/**
 * Refresh tokens as Keycloak writes them: JWTs signed HS512 with a key of the realm's own, which no JWKS shows. Inside, `jti` holds
 * oidc-provider's own identifier and a part that makes each string another.
 */
export function createRefreshTokenFormat(issuer: string, clock: () => number): RefreshTokenFormat {
  const key = randomBytes(64)
  const kid = randomUUID()
  return {
    async seal(token) {
      const now = Math.floor(clock() / 1000)
      const offline = isOffline(token)
      return new SignJWT({
        ...(offline ? {} : { exp: now + SESSION_IDLE }),
        iat: now,
        jti: `${token.jti}.${randomUUID()}`,
        iss: issuer,
        aud: issuer,
        sub: token.accountId,
        typ: offline ? 'Offline' : 'Refresh',
        azp: token.clientId,
        sid: token.grantId,
        scope: token.scope,
      })
        .setProtectedHeader({ alg: 'HS512', typ: 'JWT', kid })
        .sign(key)
    },
    async open(jwt) {
      const options = { algorithms: ['HS512'], issuer, audience: issuer, currentDate: new Date(clock()) }
      const opened = await jwtVerify<RefreshTokenClaims>(jwt, key, options).catch(() => null)
      return opened?.payload ?? null
    },
  }
}
