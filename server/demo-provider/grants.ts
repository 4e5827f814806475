import type { Provider } from 'oidc-provider/lib/provider.js'
import { RESOURCE } from './access-token.js'
import { newGrantId, type SignOn } from './sign-ons.js'

/**
 * Grants everything that the client asked for, since there is no consent page, and resolves to the grant's identifier. A sign-on has
 * one grant for all of its tokens, as a Keycloak session does: revoking one of them ends them all. Once it was revoked, the next
 * token gets another grant under the same `sid`.
 */
export async function grantScope(provider: Provider, signOn: SignOn, clientId: string, scope: string): Promise<string> {
  const existing = await provider.Grant.find(signOn.grantId)
  const grant = existing ?? new provider.Grant({ jti: newGrantId(signOn.sid), accountId: signOn.sub, clientId })
  grant.addOIDCScope(scope)
  grant.addResourceScope(RESOURCE, scope)
  signOn.grantId = await grant.save()
  return signOn.grantId
}
