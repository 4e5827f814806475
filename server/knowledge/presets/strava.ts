import { atHost, type Preset } from './preset.js'

export const strava: Preset = {
  id: 'strava',
  name: 'Strava',
  recognises: (about) => atHost(about, /^(www\.)?strava\.com$/),
  scope: 'read',
  authorizationParams: [],
  asksFor:
    'Strava gives a refresh token at every sign-in. Separate several scopes with commas, as in OAUTH2_SCOPE=read,activity:read.',
  requirements: [
    'The app\'s "Authorization Callback Domain" is the host of the callback URL (localhost is always allowed).',
  ],
  noRefreshToken:
    'Strava gives one with every sign-in: check that OAUTH2_TOKEN_ENDPOINT is https://www.strava.com/oauth/token.',
  authMethod: 'client_secret_post',
  rotates: 'if_replaced',
  reuse:
    'Strava may send a new refresh token with any refresh, and the old one then stops working: always store the new one.',
  lifetime: 'Access tokens last 6 hours; as far as we know a refresh token does not expire.',
  sources: ['https://developers.strava.com/docs/authentication/#refreshing-expired-access-tokens'],
}
