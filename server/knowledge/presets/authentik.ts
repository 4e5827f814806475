import { hasPaths, metadataLists, type Preset } from './preset.js'

export const authentik: Preset = {
  id: 'authentik',
  name: 'authentik',
  recognises: (about) =>
    hasPaths(about, /\/application\/o\/authorize\/$/, /\/application\/o\/token\/$/) ||
    metadataLists(about, 'acr_values_supported', 'goauthentik.io/providers/oauth2/default'),
  scope: 'openid profile email offline_access',
  authorizationParams: [],
  asksFor: 'authentik gives a refresh token for the scope offline_access, if the provider has a scope mapping for it.',
  requirements: [
    'The scope mapping "offline_access" is among the provider\'s selected scopes (Advanced protocol settings).',
  ],
  noRefreshToken:
    "Add the scope mapping \"authentik default OAuth Mapping: OpenID 'offline_access'\" to the provider's selected scopes: authentik leaves out scopes that are not selected, without an error.",
  rotates: 'if_replaced',
  reuse:
    'When a refresh brings a new token, authentik revokes the old one at once. The provider\'s "Refresh Token threshold" decides when a new one comes (0: every time).',
  lifetime: 'The provider\'s setting "Refresh Token validity" limits it. The time starts again with each new token.',
  sources: ['https://docs.goauthentik.io/add-secure-apps/providers/oauth2/'],
}
