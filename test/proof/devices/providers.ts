import { randomBytes } from 'node:crypto'
import { type Behaviour, DAY } from './script.js'

/** A provider of the table: how the app recognises it, and what it documents. */
export interface Row {
  name: string
  /** Where its behaviour is documented, or was measured. */
  source: string
  paths: { authorize: string; token: string; keys?: string; device?: string }
  /** The address of its authorization endpoint, where the app recognises it by its host. */
  at?: string
  discovered?: true
  publicClient?: true
  behaviour: Behaviour
  /** Documented as keepable: `keep`. Everything else must be told to store. */
  usage: 'keep' | 'store'
  /** What the page says about the end of a device that does as told, where it has one. */
  told?: RegExp
}

const seconds = (ends: number | null, now: number) => (ends === null ? 0 : Math.floor((ends - now) / 1000))
const plain = { authorize: '/authorize', token: '/token' }
const never: Behaviour = { brings: () => 'none' }
const rotating: Behaviour = { brings: () => 'other', replaced: 'dies', detectsReuse: true }

/** A refresh token as Keycloak writes it: a JWT with its type, and with `exp` where it ends. */
const keycloakToken = (typ: string) => (ends: number | null) => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { typ, jti: randomBytes(8).toString('hex'), ...(ends !== null && { exp: Math.floor(ends / 1000) }) }
  return `${part({ alg: 'HS512', typ: 'JWT' })}.${part(claims)}.${randomBytes(32).toString('base64url')}`
}
const keycloak = {
  source: 'Keycloak 26.7.2, measured',
  paths: { authorize: '/realms/r/protocol/openid-connect/auth', token: '/realms/r/protocol/openid-connect/token' },
}
const offline: Behaviour = {
  brings: () => 'other',
  replaced: 'lives',
  idle: 30 * DAY,
  token: keycloakToken('Offline'),
  says: (ends, now) => ({ refresh_expires_in: seconds(ends, now) }),
  introspection: 'yes',
  userinfo: true,
}

export const ROWS: Row[] = [
  { name: 'Keycloak, as installed', ...keycloak, behaviour: offline, usage: 'keep' },
  {
    name: 'Keycloak, Revoke Refresh Token on',
    ...keycloak,
    behaviour: { ...offline, replaced: 'dies', detectsReuse: true },
    usage: 'store',
  },
  {
    name: 'Keycloak, Offline Session Max Limited',
    ...keycloak,
    behaviour: { ...offline, tokenLasts: 30 * DAY, endsAfter: 60 * DAY },
    usage: 'store',
    told: /it ends at Offline Session Max \(60 days by default\)/,
  },
  {
    name: 'Keycloak, an ordinary token',
    ...keycloak,
    behaviour: { ...offline, token: keycloakToken('Refresh'), tokenLasts: 1_800_000, idle: 1_800_000 },
    usage: 'store',
    told: /Not an offline token.*in 30 minutes/,
  },
  {
    name: 'Google, in production',
    source: 'https://developers.google.com/identity/protocols/oauth2#expiration',
    at: 'https://accounts.google.com/o/oauth2/v2/auth',
    paths: plain,
    behaviour: { ...never, idle: 180 * DAY },
    usage: 'keep',
  },
  {
    name: 'Google, in Testing',
    source: 'https://developers.google.com/identity/protocols/oauth2#expiration',
    at: 'https://accounts.google.com/o/oauth2/v2/auth',
    paths: plain,
    behaviour: {
      ...never,
      endsAfter: 7 * DAY - 1_000,
      says: (ends, now) => ({ refresh_token_expires_in: seconds(ends, now) }),
    },
    usage: 'store',
    told: /whatever the device does/,
  },
  {
    name: 'Microsoft Entra ID',
    source: 'https://learn.microsoft.com/en-us/entra/identity-platform/refresh-tokens',
    at: 'https://login.microsoftonline.com/tenant/oauth2/v2.0/authorize',
    paths: plain,
    behaviour: { brings: () => 'other', replaced: 'lives', tokenLasts: 90 * DAY },
    usage: 'store',
    told: /Each refresh extends it by 90 days: store the newest/,
  },
  {
    name: 'Auth0, rotation with overlap',
    source: 'https://auth0.com/docs/secure/tokens/refresh-tokens/refresh-token-rotation',
    at: 'https://acme.auth0.com/authorize',
    paths: plain,
    behaviour: { ...rotating, grace: 60_000 },
    usage: 'store',
  },
  {
    name: 'Okta, org server',
    source: 'https://developer.okta.com/docs/guides/refresh-tokens/main/',
    paths: { authorize: '/oauth2/v1/authorize', token: '/oauth2/v1/token' },
    behaviour: { ...rotating, grace: 30_000, endsAfter: 90 * DAY, introspection: 'yes' },
    usage: 'store',
    told: /whatever the device does/,
  },
  {
    name: 'Okta, custom server, rotation',
    source: 'https://developer.okta.com/docs/guides/refresh-tokens/main/',
    paths: { authorize: '/oauth2/default/v1/authorize', token: '/oauth2/default/v1/token' },
    behaviour: { ...rotating, grace: 30_000, introspection: 'yes' },
    usage: 'store',
  },
  {
    name: 'Okta, custom server, persistent token',
    source: 'https://developer.okta.com/docs/guides/refresh-tokens/main/',
    paths: { authorize: '/oauth2/default/v1/authorize', token: '/oauth2/default/v1/token' },
    behaviour: { brings: () => 'same', introspection: 'yes' },
    usage: 'store',
  },
  {
    name: 'GitHub App',
    source:
      'https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens',
    paths: { authorize: '/login/oauth/authorize', token: '/login/oauth/access_token' },
    behaviour: {
      brings: () => 'other',
      replaced: 'dies',
      tokenLasts: 184 * DAY,
      says: (ends, now) => ({ refresh_token_expires_in: seconds(ends, now) }),
    },
    usage: 'store',
  },
  {
    name: 'GitLab',
    source: 'https://docs.gitlab.com/api/oauth2/',
    at: 'https://gitlab.com/oauth/authorize',
    paths: plain,
    behaviour: { brings: () => 'other', replaced: 'dies_when_access_token_is_used', introspection: 'yes' },
    usage: 'store',
  },
  {
    name: 'Spotify, public client',
    source: 'https://developer.spotify.com/documentation/web-api/tutorials/refreshing-tokens',
    at: 'https://accounts.spotify.com/authorize',
    paths: plain,
    publicClient: true,
    behaviour: { brings: () => 'other', replaced: 'dies', endsAfter: 180 * DAY },
    usage: 'store',
    told: /whatever the device does/,
  },
  {
    name: 'Spotify, confidential client',
    source: 'https://developer.spotify.com/documentation/web-api/tutorials/refreshing-tokens',
    at: 'https://accounts.spotify.com/authorize',
    paths: plain,
    behaviour: { ...never, endsAfter: 180 * DAY },
    usage: 'store',
    told: /whatever the device does/,
  },
  {
    name: 'Ory Hydra',
    source: 'https://www.ory.sh/docs/oauth2-oidc/refresh-token-grant',
    paths: { authorize: '/oauth2/auth', token: '/oauth2/token' },
    behaviour: { ...rotating, tokenLasts: 30 * DAY },
    usage: 'store',
  },
  {
    name: 'Dex',
    source: 'https://dexidp.io/docs/configuration/tokens/',
    paths: { authorize: '/auth', token: '/token', keys: '/keys', device: '/device/code' },
    discovered: true,
    behaviour: { brings: () => 'other', replaced: 'dies', grace: 3_000, perUser: 1 },
    usage: 'store',
  },
  {
    name: 'Zitadel',
    source: 'https://zitadel.com/docs/guides/integrate/login/oidc/login-users',
    paths: { authorize: '/oauth/v2/authorize', token: '/oauth/v2/token' },
    behaviour: {
      brings: () => 'other',
      replaced: 'dies',
      idle: 30 * DAY,
      endsAfter: 90 * DAY,
      introspection: 'all_inactive',
    },
    usage: 'store',
    told: /by default 30 days without use and 90 days in all/,
  },
  {
    name: 'authentik, no threshold',
    source: 'https://docs.goauthentik.io/add-secure-apps/providers/oauth2/',
    paths: { authorize: '/application/o/authorize/', token: '/application/o/token/' },
    behaviour: { brings: () => 'other', replaced: 'dies', tokenLasts: 30 * DAY, introspection: 'yes' },
    usage: 'store',
  },
  {
    name: 'authentik, with a threshold',
    source: 'https://docs.goauthentik.io/add-secure-apps/providers/oauth2/',
    paths: { authorize: '/application/o/authorize/', token: '/application/o/token/' },
    behaviour: { brings: (use) => (use < 5 ? 'none' : 'other'), replaced: 'dies', tokenLasts: 30 * DAY },
    usage: 'store',
  },
  {
    name: 'Doorkeeper, with UserInfo',
    source: 'https://github.com/doorkeeper-gem/doorkeeper/wiki/Enable-Refresh-Token-Credentials',
    paths: { authorize: '/oauth/authorize', token: '/oauth/token' },
    behaviour: {
      brings: () => 'other',
      replaced: 'dies_when_access_token_is_used',
      introspection: 'yes',
      userinfo: true,
    },
    usage: 'store',
  },
  {
    name: 'Doorkeeper, without UserInfo',
    source: 'https://github.com/doorkeeper-gem/doorkeeper/wiki/Enable-Refresh-Token-Credentials',
    paths: { authorize: '/oauth/authorize', token: '/oauth/token' },
    behaviour: { brings: () => 'other', replaced: 'dies_when_access_token_is_used', introspection: 'yes' },
    usage: 'store',
  },
  {
    name: 'Amazon Cognito, no rotation',
    source:
      'https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html',
    at: 'https://pool.auth.eu-west-1.amazoncognito.com/oauth2/authorize',
    paths: plain,
    behaviour: { ...never, endsAfter: 30 * DAY },
    usage: 'store',
    told: /whatever the device does: by default after 30 days; your provider may differ/,
  },
  {
    name: 'Amazon Cognito, rotation',
    source:
      'https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html',
    at: 'https://pool.auth.eu-west-1.amazoncognito.com/oauth2/authorize',
    paths: plain,
    behaviour: { brings: () => 'other', replaced: 'dies', grace: 60_000, endsAfter: 30 * DAY },
    usage: 'store',
    told: /whatever the device does: by default after 30 days; your provider may differ/,
  },
  {
    name: 'Strava',
    source: 'https://developers.strava.com/docs/authentication/#refreshing-expired-access-tokens',
    at: 'https://www.strava.com/oauth/authorize',
    paths: plain,
    behaviour: { brings: (use) => (use % 4 === 0 ? 'other' : 'same'), replaced: 'dies' },
    usage: 'store',
  },
  {
    name: 'Dropbox',
    source: 'https://developers.dropbox.com/oauth-guide',
    at: 'https://www.dropbox.com/oauth2/authorize',
    paths: plain,
    behaviour: never,
    usage: 'keep',
  },
  {
    name: 'Zoho',
    source: 'https://www.zoho.com/accounts/protocol/oauth/web-apps/access-token-expiry.html',
    at: 'https://accounts.zoho.com/oauth/v2/auth',
    paths: plain,
    behaviour: { ...never, perUser: 20 },
    usage: 'keep',
  },
  {
    name: 'Spring Authorization Server, as installed',
    source: 'Spring Boot 3.5.0, measured',
    paths: { authorize: '/oauth2/authorize', token: '/oauth2/token' },
    behaviour: { brings: () => 'same', tokenLasts: 3_600_000, introspection: 'yes' },
    usage: 'store',
    told: /whatever the device does/,
  },
  {
    name: 'Spring Authorization Server, reuse-refresh-tokens=false',
    source: 'Spring Boot 3.5.0, measured',
    paths: { authorize: '/oauth2/authorize', token: '/oauth2/token' },
    behaviour: { brings: () => 'other', replaced: 'dies', tokenLasts: 3_600_000, introspection: 'yes' },
    usage: 'store',
    told: /Each refresh extends it by 60 minutes|one-time/i,
  },
  {
    name: 'an unknown provider with 60 s of grace',
    source: 'RFC 9700 §4.14.2',
    paths: plain,
    behaviour: { ...rotating, grace: 60_000, introspection: 'yes' },
    usage: 'store',
  },
]
