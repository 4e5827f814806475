import { type AboutProvider, atHost, hasPaths, type Preset } from './preset.js'

export const okta: Preset = {
  id: 'okta',
  name: 'Okta',
  recognises: (about) =>
    atHost(about, /\.(okta|oktapreview|okta-emea|okta-gov)\.com$/) ||
    hasPaths(about, /^\/oauth2(\/[^/]+)?\/v1\/authorize$/, /^\/oauth2(\/[^/]+)?\/v1\/token$/),
  scope: 'openid profile offline_access',
  authorizationParams: [],
  asksFor: 'Okta gives a refresh token for the scope offline_access together with openid.',
  requirements: [
    'The application has the grant type "Refresh Token" ticked.',
    "On a custom authorization server, an access policy allows the scope offline_access and sets the token's lifetime.",
  ],
  noRefreshToken:
    'Tick the grant type "Refresh Token" in the application\'s General settings, and on a custom authorization server allow offline_access in its access policy.',
  rotates: 'if_replaced',
  grace: true,
  reuse:
    'With rotation on, using an older token again after the grace period revokes the current one and its access token too.',
  lifetime:
    'The access policy of the custom authorization server limits it: 10 minutes to 5 years, or unlimited, and an idle limit.',
  sources: ['https://developer.okta.com/docs/guides/refresh-tokens/main/'],
  variant: (about) => (isOrgServer(about) ? ORG_SERVER : null),
}

/** The path of the org authorization server names no server. */
const isOrgServer = (about: AboutProvider) => hasPaths(about, /^\/oauth2\/v1\/authorize$/, /^\/oauth2\/v1\/token$/)

const ORG_SERVER: Partial<Preset> = {
  lifetime:
    'On the org authorization server a refresh token expires 90 days after the sign-in, and refreshing does not extend it.',
  end: { days: 90, from: 'sign_in' },
}
