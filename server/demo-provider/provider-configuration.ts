import type { JWK } from 'jose'
import {
  CustomOIDCProviderError,
  InvalidClient,
  InvalidRedirectUri,
  InvalidTarget,
  SessionNotFound,
} from 'oidc-provider/lib/helpers/errors.js'
import type { Configuration, Context, TokenRecord } from 'oidc-provider/lib/provider.js'
import { claimsAbout, DEMO_CLIENT, DEMO_MARK, DEMO_SCOPES, userBySubject } from '../config/demo-realm.js'
import { ACCESS_TOKEN_LIFETIME, AUDIENCE, accessTokenClaims, RESOURCE } from './access-token.js'
import { checkScope, everyRequestAsks } from './authorization-request.js'
import { DEVICE_GRANT } from './device-polls.js'
import { DEVICE_CODE_LIFETIME, deviceInfo } from './device-request.js'
import { ENDPOINTS, SIGN_IN, SIGN_OUT } from './endpoints.js'
import { MemoryAdapter } from './memory-adapter.js'
import type { Pages } from './pages.js'
import { isOffline } from './refresh-token-jwt.js'
import { STALE_SIGN_IN } from './sign-in.js'
import { grantParts, SESSION_MAX } from './sign-ons.js'

/** Seconds. An offline token has no end; oidc-provider wants a number, so it gets a century. */
const ENDLESS = 100 * 365 * 24 * 3600

export interface RealmSettings {
  baseUrl: string
  issuer: string
  signingKey: JWK
  pages: Pages
  clock: () => number
}

/** Configures oidc-provider as a Keycloak realm, and leaves none of its development defaults in use. */
export function providerConfiguration({ baseUrl, issuer, signingKey, pages, clock }: RealmSettings): Configuration {
  return {
    adapter: (kind: string) => new MemoryAdapter(kind, clock),
    jwks: { keys: [signingKey] },
    routes: ENDPOINTS,
    clients: [
      {
        ...DEMO_CLIENT,
        redirect_uris: loopbackNames(new URL('/auth/oauth2/callback', baseUrl).href),
        grant_types: ['authorization_code', 'refresh_token', DEVICE_GRANT],
        response_types: ['code'],
      },
    ],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    clientBasedCORS: () => true,
    responseTypes: ['code'],
    scopes: DEMO_SCOPES,
    claims: {
      openid: ['sub', 'sid'],
      profile: ['name', 'preferred_username', 'given_name', 'family_name'],
      email: ['email', 'email_verified'],
    },
    pkce: { required: () => false },
    extraParams: { scope: checkScope },
    interactions: {
      policy: everyRequestAsks,
      url: (_ctx, interaction) => issuer + SIGN_IN + interaction.uid,
    },
    discovery: { end_session_endpoint: issuer + SIGN_OUT, [DEMO_MARK]: true },
    findAccount: (_ctx, sub, token) => {
      const user = userBySubject(sub)
      const session = token?.grantId ? { sid: grantParts(token.grantId).sid } : {}
      return user && { accountId: sub, claims: async () => ({ sub, ...session, ...claimsAbout(user) }) }
    },
    issueRefreshToken: (_ctx, _client, code) => {
      if (!isOffline(code) || userBySubject(code.accountId)?.offlineAccess) return true
      throw new CustomOIDCProviderError('not_allowed', 'Offline tokens not allowed for the user or client')
    },
    rotateRefreshToken: (ctx) => userBySubject(ctx.oidc.entities.RefreshToken?.accountId)?.oneTimeTokens ?? false,
    expiresWithSession: () => false,
    ttl: {
      Interaction: 600,
      Session: 600,
      AuthorizationCode: 60,
      AccessToken: ACCESS_TOKEN_LIFETIME,
      IdToken: ACCESS_TOKEN_LIFETIME,
      RefreshToken: (_ctx, token) => (isOffline(token) ? ENDLESS : SESSION_MAX),
      Grant: ENDLESS,
      DeviceCode: DEVICE_CODE_LIFETIME,
    },
    formats: {
      customizers: {
        jwt: (_ctx: Context, token: TokenRecord, jwt: { header?: object; payload: object }) => {
          jwt.header = { typ: 'JWT' }
          jwt.payload = accessTokenClaims(token, issuer, clock)
        },
      },
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      deviceFlow: { enabled: true, deviceInfo: (ctx: Context) => deviceInfo(ctx, clock) },
      introspection: { enabled: true, allowedPolicy: ownToken },
      revocation: { enabled: true, allowedPolicy: ownToken },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => {
          if (resource !== RESOURCE) throw new InvalidTarget()
          return {
            scope: DEMO_SCOPES.join(' '),
            audience: AUDIENCE,
            accessTokenTTL: ACCESS_TOKEN_LIFETIME,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }
        },
      },
    },
    renderError: (ctx, out, error) => pages.message(ctx, { ...whatWentWrong(out, error), wrong: true }),
  }
}

const ownToken = (_ctx: Context, client: { clientId: string }, token: TokenRecord) => token.clientId === client.clientId

/** Lists an address of this site under every loopback name, since the provider's host name need not be the one in the address bar. */
export function loopbackNames(address: string): string[] {
  return ['', 'localhost', '127.0.0.1', '[::1]'].map((hostname) => {
    const url = new URL(address)
    if (hostname) url.hostname = hostname
    return url.href
  })
}

/** Says on an error page what went wrong; the first two as Keycloak says them. */
function whatWentWrong(out: { error: string; error_description?: string }, error: unknown) {
  const title = 'We are sorry…'
  if (error instanceof InvalidClient)
    return { title, text: `Client not found. The demo's client_id is ${DEMO_CLIENT.client_id}.` }
  if (error instanceof InvalidRedirectUri) {
    return {
      title,
      text: 'Invalid parameter: redirect_uri. It must be exactly the callback URL of this site.',
    }
  }
  if (error instanceof SessionNotFound) return STALE_SIGN_IN
  return { title, text: out.error_description ?? out.error }
}
