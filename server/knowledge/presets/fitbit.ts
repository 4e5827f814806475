import { atHost, type Preset } from './preset.js'

export const fitbit: Preset = {
  id: 'fitbit',
  name: 'Fitbit',
  recognises: (about) => atHost(about, /^(www|api)\.fitbit\.com$/),
  scope: 'profile',
  authorizationParams: [],
  asksFor:
    'Google announced that it switched off the Fitbit Web API and its sign-in on 2 November 2026. Mint a token at Google, for the Google Health API, instead.',
  requirements: [
    'Move to the Google Health API: its tokens come from Google (OAUTH2_ISSUER=https://accounts.google.com).',
  ],
  noRefreshToken:
    'Google announced that it switched off the Fitbit Web API: mint a token for the Google Health API at Google instead.',
  authMethod: 'client_secret_basic_raw',
  rotates: 'always',
  reuse: 'A Fitbit refresh token can be used once.',
  lifetime: 'A Fitbit refresh token did not expire until it was used.',
  sources: ['https://dev.fitbit.com/build/reference/web-api/authorization/refresh-token/'],
}
