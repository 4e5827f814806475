import { atHost, type Preset } from './preset.js'

export const dropbox: Preset = {
  id: 'dropbox',
  name: 'Dropbox',
  recognises: (about) => atHost(about, /^((www|api)\.)?dropbox\.com$|^api\.dropboxapi\.com$/),
  scope: '',
  authorizationParams: [['token_access_type', 'offline']],
  asksFor: "Dropbox gives a refresh token for token_access_type=offline. It doesn't have the scope offline_access.",
  requirements: ["The permissions that the device needs are ticked in the app's Permissions tab before the sign-in."],
  noRefreshToken: 'Set OAUTH2_AUTHORIZATION_PARAMS=token_access_type=offline, or leave it unset, and sign in again.',
  rotates: 'never',
  reuse: 'A refresh brings no new refresh token: the same one works again and again.',
  lifetime: 'A refresh token does not expire. It stops working when the user disconnects the app.',
  keepable: true,
  sources: ['https://developers.dropbox.com/oauth-guide'],
}
