import { hasPaths, metadataPath, type Preset } from './preset.js'

export const dex: Preset = {
  id: 'dex',
  name: 'Dex',
  recognises: (about) =>
    hasPaths(about, /\/auth$/, /\/token$/) &&
    metadataPath(about, 'jwks_uri', /\/keys$/) &&
    metadataPath(about, 'device_authorization_endpoint', /\/device\/code$/),
  scope: 'openid profile email offline_access',
  authorizationParams: [],
  asksFor: 'Dex gives a refresh token for the scope offline_access beside openid, if the connector supports it.',
  requirements: ['The connector behind Dex supports refresh tokens (some, such as SAML, do not).'],
  noRefreshToken:
    'Sign in through a connector that supports refresh tokens: as far as we know Dex gives none, silently, for one that does not.',
  rotates: 'setting',
  grace: true,
  reuse:
    'Dex rotates unless disableRotation is set; the token before the newest stays usable for reuseInterval (3 seconds by default).',
  lifetime:
    'The settings validIfNotUsedFor and absoluteLifetime say it. A user has one refresh token per client: as far as we know the next sign-in replaces it.',
}
