import { atHost, type Preset } from './preset.js'

export const google: Preset = {
  id: 'google',
  name: 'Google',
  recognises: (about) => atHost(about, /^(accounts\.google\.com|oauth2\.googleapis\.com)$/),
  scope: 'openid email',
  authorizationParams: [
    ['access_type', 'offline'],
    ['prompt', 'consent'],
  ],
  switchUser: 'select_account consent',
  asksFor:
    'Google gives a refresh token for access_type=offline, and a second time only with prompt=consent; offline_access is not one of its scopes. Set OAUTH2_SCOPE to the APIs that the device needs.',
  requirements: [
    'The OAuth consent screen is published ("In production"): in "Testing" every refresh token expires after 7 days.',
    'The client has the type "Web application", and the callback URL is one of its Authorized redirect URIs.',
  ],
  noRefreshToken:
    'Google gives a refresh token only with access_type=offline. If the user agreed before, it also needs prompt=consent. Set OAUTH2_AUTHORIZATION_PARAMS=access_type=offline&prompt=consent, or leave it unset, and sign in again.',
  authMethod: 'client_secret_post',
  rotates: 'never',
  reuse: 'As far as we know Google does not replace it: the same refresh token works again and again.',
  lifetime:
    'It stops working when it is not used for 6 months, and after 7 days while the consent screen is in "Testing". When a user has too many tokens for one client (as far as we know 100), Google ends the oldest without an error.',
  idle: { days: 180, by: 'everyone' },
  keepable: true,
  fewTokens:
    'Google keeps about 100 refresh tokens for each user and client (as far as we know): one more sign-in ends the oldest one, without an error.',
  sources: ['https://developers.google.com/identity/protocols/oauth2#expiration'],
}
