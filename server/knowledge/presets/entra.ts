import { atHost, type Preset } from './preset.js'

export const entra: Preset = {
  id: 'entra',
  name: 'Microsoft Entra ID',
  recognises: (about) =>
    atHost(about, /^login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn|windows\.net)$|\.ciamlogin\.com$/),
  scope: 'openid profile offline_access',
  authorizationParams: [],
  switchUser: 'select_account',
  asksFor:
    'Entra ID gives a refresh token for the scope offline_access together with a scope of the API that the device calls: set OAUTH2_SCOPE to both.',
  requirements: [
    'The redirect URI is registered for the platform "Web", not "Single-page application": a token of a single-page application expires after 24 hours.',
    'The issuer names your tenant (https://login.microsoftonline.com/TENANT/v2.0).',
  ],
  noRefreshToken:
    'Put offline_access and a scope of your API into OAUTH2_SCOPE, and let the user (or an administrator) consent to both.',
  loopback: {
    refuses: '127.0.0.1',
    note: 'As far as we know the portal accepts http://localhost as a redirect URI. For http://127.0.0.1, edit the app manifest.',
  },
  rotates: 'renews',
  reuse:
    'Entra ID sends a new refresh token on every refresh, and the old one stays valid until it expires. Using one twice does no harm, but a device that keeps the first one stops working when that one expires.',
  lifetime:
    'Each refresh token expires 90 days after it was issued (24 hours for redirect URIs of the type "Single-page application"), so the device must store the new one.',
  end: { days: 90, from: 'issue' },
  sources: ['https://learn.microsoft.com/en-us/entra/identity-platform/refresh-tokens'],
}
