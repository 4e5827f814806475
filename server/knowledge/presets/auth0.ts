import { atHost, metadataPath, type Preset } from './preset.js'

export const auth0: Preset = {
  id: 'auth0',
  name: 'Auth0',
  // Custom domains show no auth0.com; the endpoint for second factors is Auth0's own.
  recognises: (about) =>
    atHost(about, /\.auth0\.com$/) || metadataPath(about, 'mfa_challenge_endpoint', /\/mfa\/challenge$/),
  scope: 'openid profile offline_access',
  authorizationParams: [],
  asksFor:
    'Auth0 gives a refresh token for the scope offline_access; for an access token for your API, also set OAUTH2_AUTHORIZATION_PARAMS=audience=YOUR_API.',
  requirements: [
    'The API has "Allow Offline Access" on (Applications → APIs → Settings).',
    'The application has the grant type "Refresh Token" on (Advanced Settings → Grant Types).',
  ],
  noRefreshToken:
    'Switch on "Allow Offline Access" for the API and the grant type "Refresh Token" for the application, and set OAUTH2_AUTHORIZATION_PARAMS=audience=YOUR_API.',
  rotates: 'if_replaced',
  grace: true,
  reuse:
    'With Refresh Token Rotation on, using an older token again after the overlap period revokes every token of that sign-in. With rotation off the token is reusable.',
  lifetime:
    "The application's settings can limit how long a token may be unused and how old it may get. Auth0 keeps at most 200 tokens for each user and application, and revokes the oldest first.",
  fewTokens: 'Auth0 keeps 200 refresh tokens for each user and application: one more sign-in ends the oldest one.',
  sources: [
    'https://auth0.com/docs/secure/tokens/refresh-tokens/refresh-token-rotation',
    'https://auth0.com/docs/secure/tokens/refresh-tokens/configure-refresh-token-expiration',
  ],
}
