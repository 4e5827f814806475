import { atHost, hasPaths, type Preset } from './preset.js'

export const zitadel: Preset = {
  id: 'zitadel',
  name: 'Zitadel',
  recognises: (about) =>
    atHost(about, /\.zitadel\.cloud$/) || hasPaths(about, /\/oauth\/v2\/authorize$/, /\/oauth\/v2\/token$/),
  scope: 'openid profile email offline_access',
  authorizationParams: [],
  asksFor: 'Zitadel gives a refresh token for the scope offline_access, if the application has "Refresh Token" ticked.',
  requirements: [
    'The application has the grant type "Refresh Token" ticked.',
    'For a callback URL over http, the application is in development mode.',
  ],
  noRefreshToken: 'Tick "Refresh Token" among the application\'s grant types in the Zitadel console.',
  rotates: 'always',
  reuse: 'Every refresh brings a new token, and the one that was used stops working.',
  lifetime:
    "The instance's OIDC settings limit it: by default 30 days without use and 90 days in all, as far as we know; your provider may differ.",
  sources: ['https://zitadel.com/docs/guides/integrate/login/oidc/login-users'],
}
