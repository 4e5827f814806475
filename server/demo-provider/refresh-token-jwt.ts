import { randomBytes, randomUUID } from 'node:crypto'
import { type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { TokenRecord } from 'oidc-provider/lib/provider.js'
import { grantParts, SESSION_IDLE } from './sign-ons.js'

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

/** Returns the identifier under which oidc-provider knows the refresh token with these claims. */
export function storedId({ jti }: { jti: string }): string {
  return jti.split('.')[0] as string
}

/** Returns the identifier of the grant that a refresh token or an access token with these claims belongs to. */
export function grantIdOf({ jti, sid }: { jti: string; sid: string }): string {
  return `${sid}.${jti.split('.')[1]}`
}

/**
 * Writes and reads refresh tokens as Keycloak has them: JWTs signed HS512 with a key of the realm's own, which no JWKS shows. The
 * claim `jti` has three parts: oidc-provider's own identifier, the grant's, and one that makes each string different.
 */
export function createRefreshTokenFormat(issuer: string, clock: () => number): RefreshTokenFormat {
  const key = randomBytes(64)
  const kid = randomUUID()
  return {
    async seal(token) {
      const now = Math.floor(clock() / 1000)
      const offline = isOffline(token)
      const { sid, part } = grantParts(token.grantId)
      return new SignJWT({
        ...(offline ? {} : { exp: now + SESSION_IDLE }),
        iat: now,
        jti: `${token.jti}.${part}.${randomUUID()}`,
        iss: issuer,
        aud: issuer,
        sub: token.accountId,
        typ: offline ? 'Offline' : 'Refresh',
        azp: token.clientId,
        sid,
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
