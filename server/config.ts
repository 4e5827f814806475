/** Ways of sending the client's credentials to the token endpoint (RFC 7591 §2; `client_secret_basic_raw` is ours). */
export const TOKEN_ENDPOINT_AUTH_METHODS = [
  'client_secret_basic',
  'client_secret_basic_raw',
  'client_secret_post',
  'none',
] as const
export type TokenEndpointAuthMethod = (typeof TOKEN_ENDPOINT_AUTH_METHODS)[number]

export interface Endpoints {
  authorization_endpoint: string | null
  token_endpoint: string | null
  userinfo_endpoint: string | null
  introspection_endpoint: string | null
  revocation_endpoint: string | null
  jwks_uri: string | null
}

/** The provider and our client there. With the demo provider, `loadConfig` fills in its own. */
export interface OAuth2Config {
  issuer: string | null
  discoveryUrl: string | null
  /** As set in the environment: each overrides what was discovered. */
  endpoints: Endpoints
  clientId: string
  /** null: a public client. */
  clientSecret: string | null
  /** As set; null when unset: the provider's own way, else `offline_access`. */
  scope: string | null
  tokenEndpointAuthMethod: TokenEndpointAuthMethod | 'auto'
  /** Extra query of the authorization URL, in order. */
  authorizationParams: [string, string][]
  /** PEM text of further certificate authorities. */
  ca: string | null
}

export interface Config {
  port: number
  /** null: loopback, 127.0.0.1 and ::1 where there is one. */
  host: string | null
  /** Origin without a trailing slash, e.g. `http://localhost:3000`. */
  baseUrl: string
  /** `BASE_URL` is not loopback: HTTPS, rate limits, no client secret shown. */
  shared: boolean
  /** Nothing of a provider is set: the embedded one is used. */
  demo: boolean
  oauth2: OAuth2Config
  /** The first signs and seals, all open; at least 32 characters each. */
  sessionSecrets: string[]
  /** False when made up at this start: sessions end with the process. */
  sessionSecretGiven: boolean
  redisUrl: string | null
  /** As Express's `trust proxy` takes them; empty: none. */
  trustProxy: string[]
  showClientSecret: boolean
  logLevel: string
  proxy: { http: string | null; https: string | null; no: string | null }
}
