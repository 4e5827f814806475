import { hasPaths, type Preset } from './preset.js'

export const keycloak: Preset = {
  id: 'keycloak',
  name: 'Keycloak',
  recognises: (about) =>
    hasPaths(about, /\/protocol\/openid-connect\/auth$/, /\/protocol\/openid-connect\/token$/) ||
    /\/realms\/[^/]+\/?$/.test(about.issuer ?? ''),
  scope: 'offline_access',
  authorizationParams: [],
  asksFor: 'Keycloak gives an offline token for the scope offline_access.',
  requirements: [
    'Standard flow is on for the client, and the callback URL is among its Valid redirect URIs.',
    'The client has the client scope offline_access, as an optional one.',
    "The user has the realm role offline_access (usually from the realm's default roles).",
  ],
  noRefreshToken:
    'In the client\'s Advanced settings under OpenID Connect Compatibility Modes, switch on "Use refresh tokens".',
  rotates: 'setting',
  reuse:
    'Keycloak sends another string on every refresh and keeps the old ones valid, unless the realm has Revoke Refresh Token on: then using an old one again ends all tokens of that sign-in.',
  lifetime:
    'An offline token expires when it is not used for Offline Session Idle (30 days by default). With Offline Session Max Limited on, it also expires at a fixed date (60 days after the sign-in by default).',
  revokesAllOfUser: true,
  revokesMore:
    'Up to Keycloak 24 a revocation ends every token of this user and client. Keycloak 26.7 ends only those of the same session (sid).',
  idle: { days: 30, by: 'default' },
  sources: [
    'https://www.keycloak.org/docs/latest/server_admin/#_offline-access',
    'Measured on Keycloak 26.7.2, 24.0.5, 21.1.2 and 16.1.1',
  ],
}
