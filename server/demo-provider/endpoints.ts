const OPENID_CONNECT = '/protocol/openid-connect'

/** Keycloak's paths below the realm, under oidc-provider's names for them. */
export const ENDPOINTS = {
  authorization: `${OPENID_CONNECT}/auth`,
  token: `${OPENID_CONNECT}/token`,
  introspection: `${OPENID_CONNECT}/token/introspect`,
  revocation: `${OPENID_CONNECT}/revoke`,
  userinfo: `${OPENID_CONNECT}/userinfo`,
  jwks: `${OPENID_CONNECT}/certs`,
  device_authorization: `${OPENID_CONNECT}/auth/device`,
  code_verification: '/device',
}

/** Ends a sign-in: for a browser as OpenID Connect RP-Initiated Logout 1.0 says, for a client with a refresh token as Keycloak does. */
export const SIGN_OUT = `${OPENID_CONNECT}/logout`

/** The sign-in form of one authorization request; its identifier follows. */
export const SIGN_IN = '/login-actions/authenticate/'

/** The methods that a path of ours takes; null when there is nothing at that path. */
export function methodsOf(path: string): string[] | null {
  if (path.startsWith(SIGN_IN)) return ['GET', 'POST']
  if (path === ENDPOINTS.code_verification) return ['GET', 'POST']
  if (path === SIGN_OUT) return ['GET', 'POST', 'OPTIONS']
  if (path === ENDPOINTS.device_authorization) return ['POST', 'OPTIONS']
  if (path === ENDPOINTS.authorization || path.startsWith(`${ENDPOINTS.authorization}/`)) return ['GET']
  if (path === ENDPOINTS.userinfo) return ['GET', 'POST']
  if (path === ENDPOINTS.jwks) return ['GET', 'OPTIONS']
  if (path === '/.well-known/openid-configuration') return ['GET', 'OPTIONS']
  if (path === '/.well-known/oauth-authorization-server') return ['GET', 'OPTIONS']
  const posted: string[] = [ENDPOINTS.token, ENDPOINTS.introspection, ENDPOINTS.revocation]
  return posted.includes(path) ? ['POST', 'OPTIONS'] : null
}
