import type { Provider } from 'oidc-provider/lib/provider.js'
import { userBySubject } from '../config/demo-realm.js'
import { grantIdOf, isOffline, type RefreshTokenClaims } from './refresh-token-jwt.js'
import type { SignOns } from './sign-ons.js'

/** So many grants are known to have died of a replay; of older ones we say only that they are gone. */
const REMEMBERED_REPLAYS = 1_000

export interface Refusals {
  /** Says whether the session that a token needs has ended: without `offline_access`, that is the sign-in in the browser. */
  sessionEnded(claims: RefreshTokenClaims): boolean
  /**
   * Says why a refresh was refused, in Keycloak's words. A one-time token that is no longer stored while its grant lives was used
   * before: then the grant dies, and with it every token that shares its `sid` (RFC 9700 §4.14.2).
   */
  describe(claims: RefreshTokenClaims | null): Promise<string>
}

export function createRefusals(provider: Provider, signOns: SignOns): Refusals {
  const replayed = new Set<string>()

  const sessionEnded = (claims: RefreshTokenClaims) => !isOffline(claims) && !signOns.isActive(claims.sid)

  async function describe(claims: RefreshTokenClaims | null): Promise<string> {
    if (!claims) return 'Invalid refresh token'
    if (sessionEnded(claims)) return 'Session not active'
    const grantId = grantIdOf(claims)
    const grant = await provider.Grant.find(grantId)
    if (grant && userBySubject(claims.sub)?.oneTimeTokens) {
      await provider.RefreshToken.revokeByGrantId(grantId)
      await grant.destroy()
      remember(grantId)
      return 'Maximum allowed refresh token reuse exceeded'
    }
    if (replayed.has(grantId)) return "Session doesn't have required client"
    return isOffline(claims) ? 'Offline user session not found' : 'Session not active'
  }

  function remember(grantId: string): void {
    replayed.add(grantId)
    for (const oldest of replayed) {
      if (replayed.size <= REMEMBERED_REPLAYS) break
      replayed.delete(oldest)
    }
  }

  return { sessionEnded, describe }
}
