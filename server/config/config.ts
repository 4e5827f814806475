import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { TokenEndpointAuthMethod } from './auth-methods.js'
import { DEMO_CLIENT, DEMO_PATH } from './demo-realm.js'
import { cutValues, withDotenv } from './dotenv.js'
import { misspelt } from './misspelt.js'
import type { Settings } from './options.js'
import { ConfigError } from './problem.js'
import { type Environment, readSettings } from './read-settings.js'
import { isShared, PROVIDER_ADDRESSES, RULES } from './rules.js'
import { isLoopback, originOf } from './urls.js'

export { TOKEN_ENDPOINT_AUTH_METHODS, type TokenEndpointAuthMethod } from './auth-methods.js'
export { ConfigError, formatProblems } from './problem.js'

export interface Endpoints {
  authorization_endpoint: string | null
  token_endpoint: string | null
  userinfo_endpoint: string | null
  introspection_endpoint: string | null
  revocation_endpoint: string | null
  jwks_uri: string | null
  /** RFC 8628 §3.1. */
  device_authorization_endpoint: string | null
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

export interface LoadOptions {
  /** The text of a `.env` file, for what the environment leaves unset. */
  dotenv?: string
  /** Reads a text file whole; throws as `node:fs` does. */
  readFile?: (path: string) => string
  /** At least 32 characters that nobody can guess. */
  randomSecret?: () => string
}

/**
 * The settings that the environment asks for, with every default filled in.
 *
 * @throws {ConfigError} naming every mistake at once, never the value of a secret.
 */
export function loadConfig(environment: Environment, options: LoadOptions = {}): Config {
  const { dotenv = '' } = options
  const env = withDotenv(environment, dotenv)
  const readFile = options.readFile ?? ((path) => readFileSync(path, 'utf8'))
  const reading = readSettings(env, { readFile })
  const { settings, given } = reading
  const demo = ![...PROVIDER_ADDRESSES, 'OAUTH2_CLIENT_ID' as const].some((name) => given.has(name))
  const port = settings.PORT ?? 3000
  // Browsers leave a scheme's own port out, so an origin does.
  const baseUrl =
    settings.BASE_URL ?? originOf(given.get('BASE_URL') ?? '') ?? new URL(`http://localhost:${port}`).origin
  const shared = isShared(baseUrl)

  const problems = [
    ...reading.problems,
    ...RULES.flatMap((rule) => rule({ ...reading, baseUrl, shared, demo })),
    ...misspelt(env),
    ...cutValues(dotenv),
  ]
  if (problems.length > 0) throw new ConfigError(problems)

  const ownSecret = options.randomSecret ?? (() => randomBytes(32).toString('hex'))
  return {
    port,
    host: settings.HOST,
    baseUrl,
    shared,
    demo,
    oauth2: demo ? demoProvider(settings, baseUrl) : ownProvider(settings),
    sessionSecrets: settings.SESSION_SECRET ?? [ownSecret()],
    sessionSecretGiven: settings.SESSION_SECRET !== null,
    redisUrl: settings.REDIS_URL,
    trustProxy: settings.TRUST_PROXY ?? [],
    showClientSecret: settings.SHOW_CLIENT_SECRET ?? (!shared && isLoopback(settings.HOST ?? 'localhost')),
    logLevel: settings.LOG_LEVEL ?? 'info',
    proxy: { http: settings.HTTP_PROXY, https: settings.HTTPS_PROXY, no: settings.NO_PROXY },
  }
}

function ownProvider(settings: Settings): OAuth2Config {
  return {
    issuer: settings.OAUTH2_ISSUER,
    discoveryUrl: settings.OAUTH2_DISCOVERY_URL,
    endpoints: {
      authorization_endpoint: settings.OAUTH2_AUTHORIZATION_ENDPOINT,
      token_endpoint: settings.OAUTH2_TOKEN_ENDPOINT,
      userinfo_endpoint: settings.OAUTH2_USERINFO_ENDPOINT,
      introspection_endpoint: settings.OAUTH2_INTROSPECTION_ENDPOINT,
      revocation_endpoint: settings.OAUTH2_REVOCATION_ENDPOINT,
      jwks_uri: settings.OAUTH2_JWKS_URI,
      device_authorization_endpoint: null,
    },
    clientId: settings.OAUTH2_CLIENT_ID ?? '',
    clientSecret: settings.OAUTH2_CLIENT_SECRET,
    scope: settings.OAUTH2_SCOPE,
    tokenEndpointAuthMethod: settings.OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD ?? 'auto',
    authorizationParams: settings.OAUTH2_AUTHORIZATION_PARAMS ?? [],
    ca: settings.OAUTH2_CA_FILE,
  }
}

function demoProvider(settings: Settings, baseUrl: string): OAuth2Config {
  return {
    ...ownProvider(settings),
    issuer: baseUrl + DEMO_PATH,
    clientId: DEMO_CLIENT.client_id,
    clientSecret: DEMO_CLIENT.client_secret,
  }
}
