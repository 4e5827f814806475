import { atHost, type Preset } from './preset.js'

export const zoho: Preset = {
  id: 'zoho',
  name: 'Zoho',
  recognises: (about) => atHost(about, /^accounts\.zoho(cloud)?\.[a-z.]+$/),
  scope: 'AaaServer.profile.READ',
  authorizationParams: [
    ['access_type', 'offline'],
    ['prompt', 'consent'],
  ],
  asksFor:
    'Zoho gives a refresh token for access_type=offline, and a second time only with prompt=consent. Separate several scopes with commas.',
  requirements: [
    "The endpoints belong to the account's data centre (accounts.zoho.com, .eu, .in, .com.au, .jp, …).",
    'The client has the type "Server-based Applications".',
  ],
  noRefreshToken:
    'Set OAUTH2_AUTHORIZATION_PARAMS=access_type=offline&prompt=consent, or leave it unset, and sign in again.',
  authMethod: 'client_secret_post',
  rotates: 'never',
  reuse: 'A refresh brings no new refresh token: the same one works again and again.',
  lifetime:
    'A refresh token works until it is revoked. A user has at most 20, and Zoho deletes the oldest first. A device gets at most 10 access tokens in 10 minutes.',
  revokesMore: 'Zoho then also revokes all access tokens that came from it.',
  keepable: true,
  fewTokens: 'Zoho keeps 20 refresh tokens for each user: one more sign-in deletes the oldest one.',
  sources: ['https://www.zoho.com/accounts/protocol/oauth/web-apps/access-token-expiry.html'],
}
