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
  asksFor: 'Dex gives a refresh token for the scopes openid and offline_access, if the connector supports it.',
  requirements: ['The connector behind Dex supports refresh tokens (some, such as SAML, do not).'],
  noRefreshToken:
    'Sign in through a connector that supports refresh tokens. With any other connector, as far as we know, Dex gives no refresh token and no error.',
  rotates: 'if_replaced',
  grace: true,
  reuse:
    'Dex replaces the token at each refresh, unless disableRotation is set. The previous token keeps working for reuseInterval (3 seconds by default).',
  lifetime: "Dex's settings validIfNotUsedFor and absoluteLifetime limit it.",
  fewTokens:
    'Dex keeps one refresh token for each user and client: another sign-in revokes the token that you have now.',
  sources: ['https://dexidp.io/docs/configuration/tokens/', "Dex's source, server/handlers.go"],
}
