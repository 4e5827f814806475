import { atHost, metadataPath, type Preset } from './preset.js'

export const fusionauth: Preset = {
  id: 'fusionauth',
  name: 'FusionAuth',
  recognises: (about) =>
    atHost(about, /\.fusionauth\.io$/) ||
    (metadataPath(about, 'device_authorization_endpoint', /^\/oauth2\/device_authorize$/) &&
      metadataPath(about, 'userinfo_endpoint', /^\/oauth2\/userinfo$/)),
  scope: 'openid offline_access',
  authorizationParams: [],
  asksFor: 'FusionAuth gives a refresh token for the scope offline_access.',
  requirements: ['The application has the "Refresh Token" grant enabled and "Generate refresh tokens" on.'],
  noRefreshToken: 'Enable the "Refresh Token" grant in the application\'s OAuth settings.',
  rotates: 'if_replaced',
  grace: true,
  reuse:
    'With one-time use on, a refresh replaces the token, with a grace period if one is set. With one-time use off, the same token works again and again.',
  lifetime: 'The JWT settings of the tenant or the application limit it: fixed, sliding, or sliding with a maximum.',
  sources: ['https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/tokens'],
}
