import { atHost, type Preset } from './preset.js'

export const spotify: Preset = {
  id: 'spotify',
  name: 'Spotify',
  recognises: (about) => atHost(about, /^accounts\.spotify\.com$/),
  scope: '',
  authorizationParams: [],
  asksFor:
    "Spotify gives a refresh token at every sign-in and doesn't have the scope offline_access. Set OAUTH2_SCOPE to what the device needs, such as user-read-currently-playing.",
  requirements: [
    "The callback URL is one of the app's Redirect URIs in the dashboard, with http://127.0.0.1, not localhost.",
  ],
  noRefreshToken:
    'Spotify gives one in the authorization code flow: check that OAUTH2_TOKEN_ENDPOINT is https://accounts.spotify.com/api/token.',
  loopback: {
    refuses: 'localhost',
    note: 'Spotify refuses http://localhost: set BASE_URL=http://127.0.0.1:PORT and register the callback URL with 127.0.0.1.',
  },
  rotates: 'if_replaced',
  reuse:
    'A public client (PKCE, no secret) gets a new refresh token with every refresh, and the old one stops working. As far as we know a client with a secret usually keeps the same one.',
  lifetime:
    'Since July 2026 a refresh token expires 6 months after the user signed in, and refreshing does not extend it: the user has to sign in again.',
  end: { days: 180, from: 'sign_in' },
  sources: ['https://developer.spotify.com/documentation/web-api/tutorials/refreshing-tokens'],
  variant: ({ publicClient }) => (publicClient ? { rotates: 'always' } : null),
}
