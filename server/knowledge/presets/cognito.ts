import { atHost, type Preset } from './preset.js'

export const cognito: Preset = {
  id: 'cognito',
  name: 'Amazon Cognito',
  recognises: (about) => atHost(about, /^cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$|\.amazoncognito\.com$/),
  scope: 'openid',
  authorizationParams: [],
  asksFor:
    'Cognito gives a refresh token at every sign-in with the authorization code flow, and refuses offline_access as an unknown scope.',
  requirements: ['The app client allows the "Authorization code grant" and the scope openid.'],
  noRefreshToken: 'Allow the "Authorization code grant" in the app client\'s login pages settings, and sign in again.',
  rotates: 'if_replaced',
  grace: true,
  reuse:
    'With refresh token rotation on, the old token stays valid for the grace period (0 to 60 seconds). With rotation off, the same token works again and again.',
  lifetime:
    'It expires a fixed time after the sign-in, whatever the device does: by default after 30 days; your provider may differ (60 minutes to 10 years). A new token does not extend it.',
  sources: [
    'https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html',
  ],
}
