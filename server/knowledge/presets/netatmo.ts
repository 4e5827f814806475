import { atHost, type Preset } from './preset.js'

export const netatmo: Preset = {
  id: 'netatmo',
  name: 'Netatmo',
  recognises: (about) => atHost(about, /^api\.netatmo\.(com|net)$/),
  scope: 'read_station',
  authorizationParams: [],
  asksFor:
    'Netatmo gives a refresh token at every sign-in; set OAUTH2_SCOPE to what the device reads, such as read_station.',
  requirements: [
    'Netatmo has no discovery: set OAUTH2_AUTHORIZATION_ENDPOINT=https://api.netatmo.com/oauth2/authorize and OAUTH2_TOKEN_ENDPOINT=https://api.netatmo.com/oauth2/token.',
  ],
  noRefreshToken:
    'Netatmo gives one with every sign-in: check that OAUTH2_TOKEN_ENDPOINT is https://api.netatmo.com/oauth2/token.',
  authMethod: 'client_secret_post',
  rotates: 'always',
  reuse: 'Since December 2023 every refresh brings a new refresh token, and the old one stops working.',
  lifetime: 'Access tokens last 3 hours; we do not know when a refresh token expires.',
  sources: ['https://dev.netatmo.com/apidocumentation/oauth'],
}
