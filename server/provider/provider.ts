import type { IntrospectionResponse } from 'openid-client'
import type { OAuth2Config, TokenEndpointAuthMethod } from '../config.js'
import { once } from '../once.js'
import type { SignatureCheck } from '../tokens/token-set.js'
import { doubting } from './doubting.js'
import type { ProviderFetch } from './http.js'
import type { MetadataSource } from './metadata.js'
import type { Preset } from './presets/preset.js'
import { asked, presetFor } from './presets.js'
import type { TokenAnswer } from './token-answer.js'

/** The provider, as the rest of the app speaks to it. Every method rejects with `AppError`. */
export interface Provider extends ProviderContext, Exchanges {
  /** What the authorization request asks for: as set, else the provider's own way. A scope of '' is not sent. */
  asksFor(): { scope: string; authorizationParams: [string, string][] }
}

/** Who it is, and how it is reached. */
export interface ProviderContext {
  readonly config: OAuth2Config
  readonly metadata: MetadataSource
  readonly fetch: ProviderFetch
  /** What is known of this kind of provider; the generic one until its metadata is there. */
  preset(): Preset
}

/** What is said to it (exchanges.ts). */
export interface Exchanges {
  /** The way of sending the client's credentials: as set, or found out once. */
  authMethod(): Promise<TokenEndpointAuthMethod>
  /** Authorization code grant (RFC 6749 §4.1.3, RFC 7636 §4.5). */
  exchangeCode(code: string, codeVerifier: string, redirectUri: string): Promise<TokenAnswer>
  /** Refresh token grant (RFC 6749 §6), sent once. `invalid_grant` when the token is dead. */
  refresh(refreshToken: string, method?: TokenEndpointAuthMethod): Promise<TokenAnswer>
  /** RFC 7662, with the hint that Keycloak needs; null when the provider has no such endpoint. */
  introspect(refreshToken: string): Promise<IntrospectionResponse | null>
  /** RFC 7009. Resolves only when the provider said 200. */
  revoke(refreshToken: string): Promise<void>
  /** OpenID Connect UserInfo; null when there is none or it refuses. */
  userInfo(accessToken: string): Promise<Record<string, unknown> | null>
  /** A JWT's signature against the provider's JWKS, checked here. */
  checkSignature(token: string): Promise<SignatureCheck>
}

export function createProvider(config: OAuth2Config, metadata: MetadataSource, fetch: ProviderFetch): Provider {
  const preset = () =>
    presetFor({
      issuer: config.issuer,
      authorization_endpoint: metadata.current?.authorization_endpoint ?? config.endpoints.authorization_endpoint,
      token_endpoint: metadata.current?.token_endpoint ?? config.endpoints.token_endpoint,
      metadata: metadata.current?.discovered ?? null,
    })
  const about = { config, metadata, fetch: doubting(fetch, metadata), preset }

  // Loaded with the first of them: a start does not wait for it.
  const exchanges = once(async () => (await import('./exchanges.js')).createExchanges(about))

  return {
    ...about,
    asksFor: () => asked(preset(), config),
    authMethod: async () => (await exchanges()).authMethod(),
    exchangeCode: async (...what) => (await exchanges()).exchangeCode(...what),
    refresh: async (...what) => (await exchanges()).refresh(...what),
    introspect: async (...what) => (await exchanges()).introspect(...what),
    revoke: async (...what) => (await exchanges()).revoke(...what),
    userInfo: async (...what) => (await exchanges()).userInfo(...what),
    checkSignature: async (...what) => (await exchanges()).checkSignature(...what),
  }
}
