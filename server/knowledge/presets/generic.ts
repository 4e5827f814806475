import type { Preset } from './preset.js'

/** An unknown provider: asks in the way of OpenID Connect Core §11. */
export const generic: Preset = {
  id: 'generic',
  name: 'OAuth 2.0 provider',
  recognises: () => true,
  scope: 'offline_access',
  authorizationParams: [],
  asksFor: 'Most providers give a refresh token for the scope offline_access.',
  requirements: ['The client may use the authorization code grant and the refresh token grant.'],
  noRefreshToken:
    'Allow the refresh token grant and the scope offline_access for this client at the provider. If the provider wants something else, set OAUTH2_SCOPE and OAUTH2_AUTHORIZATION_PARAMS to what its documentation says.',
  rotates: 'unknown',
  reuse: 'We do not know this provider: look for "refresh token rotation" or "reuse" in its documentation.',
  lifetime:
    'We do not know how long a refresh token lasts at this provider. Look into its settings or its documentation.',
  sources: [],
}
