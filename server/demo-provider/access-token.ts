import type { JWK } from 'jose'
import { exportJWK, generateKeyPair } from 'jose'
import type { TokenRecord } from 'oidc-provider/lib/provider.js'
import { claimsAbout, userBySubject } from '../config/demo-realm.js'
import { grantParts } from './sign-ons.js'

/** Seconds; the tutorial: "Access Tokens invalidate after 5 minutes". */
export const ACCESS_TOKEN_LIFETIME = 300

/** Keycloak's usual audience; also what tells oidc-provider that access tokens are JWTs (RFC 8707, RFC 9068). */
export const RESOURCE = 'urn:demo:account'
export const AUDIENCE = 'account'

/** The key that signs access and ID tokens: RSA, as RS256 wants it, another one at each start. */
export async function createSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }
}

/** The claims of an access token, as Keycloak writes them. */
export function accessTokenClaims(token: TokenRecord, issuer: string, clock: () => number) {
  const user = userBySubject(token.accountId)
  if (!user) throw new Error('an access token for a user that does not exist')
  const now = Math.floor(clock() / 1000)
  const { sid, part } = grantParts(token.grantId)
  const roles = ['default-roles-organicity', 'experimenter', 'uma_authorization']
  return {
    exp: now + ACCESS_TOKEN_LIFETIME,
    iat: now,
    // With it UserInfo finds the grant again.
    jti: `${token.jti}.${part}`,
    iss: issuer,
    aud: AUDIENCE,
    sub: user.sub,
    typ: 'Bearer',
    azp: token.clientId,
    session_state: sid,
    acr: '1',
    realm_access: { roles: user.offlineAccess ? ['offline_access', ...roles] : roles },
    resource_access: {
      [token.clientId]: { roles: ['publish'] },
      account: { roles: ['manage-account', 'view-profile'] },
    },
    scope: token.scope,
    sid,
    ...claimsAbout(user),
  }
}
