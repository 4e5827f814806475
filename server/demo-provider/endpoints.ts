const OPENID_CONNECT = '/protocol/openid-connect'

/** Keycloak's paths below the realm, under oidc-provider's names for them. */
export const ENDPOINTS = {
  authorization: `${OPENID_CONNECT}/auth`,
  token: `${OPENID_CONNECT}/token`,
  introspection: `${OPENID_CONNECT}/token/introspect`,
  revocation: `${OPENID_CONNECT}/revoke`,
  userinfo: `${OPENID_CONNECT}/userinfo`,
  jwks: `${OPENID_CONNECT}/certs`,
}

/** The sign-in form of one authorization request; its identifier follows. */
export const SIGN_IN = '/login-actions/authenticate/'

/** The methods that a path of ours takes; null when there is nothing at that path. */
export function methodsOf(path: string): string[] | null {
  if (path.startsWith(SIGN_IN)) return ['GET', 'POST']
  if (path === ENDPOINTS.authorization || path.startsWith(`${ENDPOINTS.authorization}/`)) return ['GET']
  if (path === ENDPOINTS.userinfo) return ['GET', 'POST']
  if (path === ENDPOINTS.jwks) return ['GET', 'OPTIONS']
  if (path === '/.well-known/openid-configuration') return ['GET', 'OPTIONS']
  if (path === '/.well-known/oauth-authorization-server') return ['GET', 'OPTIONS']
  const posted: string[] = [ENDPOINTS.token, ENDPOINTS.introspection, ENDPOINTS.revocation]
  return posted.includes(path) ? ['POST', 'OPTIONS'] : null
}
