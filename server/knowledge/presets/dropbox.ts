import { atHost, type Preset } from './preset.js'

export const dropbox: Preset = {
  id: 'dropbox',
  name: 'Dropbox',
  recognises: (about) => atHost(about, /^((www|api)\.)?dropbox\.com$|^api\.dropboxapi\.com$/),
  scope: '',
  authorizationParams: [['token_access_type', 'offline']],
  asksFor: 'Dropbox gives a refresh token for token_access_type=offline, and knows no offline_access.',
  requirements: ["The permissions that the device needs are ticked in the app's Permissions tab before the sign-in."],
  noRefreshToken: 'Set OAUTH2_AUTHORIZATION_PARAMS=token_access_type=offline, or leave it unset, and sign in again.',
  rotates: 'never',
  reuse: 'A refresh brings no new refresh token: the same one works from call to call.',
  lifetime: 'A refresh token does not expire; it ends when the user disconnects the app.',
  keepable: true,
  sources: ['https://developers.dropbox.com/oauth-guide'],
}
