import { randomBytes } from 'node:crypto'
import type { TokenEndpointAuthMethod } from './auth-methods.js'
import { DEMO_CLIENT, DEMO_PATH } from './demo-realm.js'
import { type Dotenv, describeDotenv, type EnvFile, withDotenv } from './dotenv.js'
import { misread } from './misread.js'
import { misspelt } from './misspelt.js'
import type { OptionName, Settings } from './options.js'
import { ConfigError, type Problem } from './problem.js'
import { type Environment, type Reading, readSettings } from './read-settings.js'
import { isShared, PROVIDER_ADDRESSES, RULES } from './rules.js'
import { readTextFile } from './text-file.js'
import { isLoopback, isUsableProxy, originOf } from './urls.js'

export { TOKEN_ENDPOINT_AUTH_METHODS, type TokenEndpointAuthMethod } from './auth-methods.js'
export { ConfigError, formatProblems } from './problem.js'

export interface Endpoints {
  authorization_endpoint: string | null
  token_endpoint: string | null
  userinfo_endpoint: string | null
  introspection_endpoint: string | null
  revocation_endpoint: string | null
  jwks_uri: string | null
  device_authorization_endpoint: string | null
}

/** The provider and our client there. With the demo provider, `loadConfig` fills in its own. */
export interface OAuth2Config {
  issuer: string | null
  discoveryUrl: string | null
  /** From the environment: each replaces the discovered one. */
  endpoints: Endpoints
  clientId: string
  /** null: a public client. */
  clientSecret: string | null
  /** From the setting; null if unset: then the preset's scope, else `offline_access`. */
  scope: string | null
  tokenEndpointAuthMethod: TokenEndpointAuthMethod | 'auto'
  /** Extra query parameters of the authorization URL, in order. */
  authorizationParams: [string, string][]
  /** `OAUTH2_PKCE`: whether the authorization request has a challenge (S256). */
  pkce: boolean
  /** PEM text of additional certificate authorities. */
  ca: string | null
}

export interface Config {
  port: number
  /** null: loopback, which is 127.0.0.1 and, if the machine has it, ::1. */
  host: string | null
  /** Origin without a trailing slash, e.g. `http://localhost:3000`. */
  baseUrl: string
  /** `BASE_URL` is not loopback: HTTPS, rate limits, no client secret shown. */
  shared: boolean
  /** Other machines can reach the site: rates are limited, and `POST /auth/token` needs a sign-in. */
  guarded: boolean
  /** No provider is set: the demo provider is used. */
  demo: boolean
  oauth2: OAuth2Config
  /** The first one signs and encrypts, each can decrypt; at least 32 characters each. */
  sessionSecrets: string[]
  /** False if the secret is random: then sessions end with the process. */
  sessionSecretGiven: boolean
  redisUrl: string | null
  /** In the form of Express's `trust proxy`; empty: none. */
  trustProxy: string[]
  showClientSecret: boolean
  /** The contact of a shared site. */
  siteContact: string | null
  logLevel: string
  /** Whether the log has lines for people, on a terminal; a shared site always writes JSON. */
  logFormat: 'lines' | 'json'
  proxy: { http: string | null; https: string | null; no: string | null }
  /** The `.env` file that was read, or the place where there is none. */
  envFile: EnvFile
  /** How a person starts this program, e.g. `node dist/main.js`. */
  startedAs: string
}

export interface LoadOptions {
  /** From `readDotenv`: a `.env` file for variables that are not set. */
  dotenv?: Dotenv
  /** Whether people read the output. */
  terminal?: boolean
  startedAs?: string
  /** Reads a text file; throws the errors of `node:fs`. */
  readFile?: (path: string) => string
  /** Makes at least 32 random characters. */
  randomSecret?: () => string
}

/**
 * Reads the settings from the environment and fills in every default.
 *
 * @throws {ConfigError} that lists every mistake, never the value of a secret.
 */
export function loadConfig(environment: Environment, options: LoadOptions = {}): Config {
  const dotenv = options.dotenv ?? { path: '.env', text: null }
  const env = withDotenv(environment, dotenv)
  const unclear = misread(dotenv, environment)
  const reading = withUnclear(readSettings(env, { readFile: options.readFile ?? readTextFile }), unclear)
  const { settings, given } = reading
  const demo = ![...PROVIDER_ADDRESSES, 'OAUTH2_CLIENT_ID' as const].some((name) => given.has(name))
  const port = settings.PORT ?? 3000
  // Browsers leave out the default port, and so does an origin.
  const baseUrl =
    settings.BASE_URL ?? originOf(given.get('BASE_URL') ?? '') ?? new URL(`http://localhost:${port}`).origin
  const shared = isShared(baseUrl)

  const problems = [
    ...reading.problems,
    ...RULES.flatMap((rule) => rule({ ...reading, baseUrl, shared, demo, environment })),
    ...misspelt(env),
  ].filter(({ name }) => !unclear.some((problem) => problem.name === name))
  if (unclear.length + problems.length > 0) throw new ConfigError([...unclear, ...problems])
  return fillIn(settings, { port, baseUrl, shared, demo, envFile: describeDotenv(environment, dotenv), options })
}

/** Counts a setting as given if its line in `.env` is unclear, so that no rule calls it missing. */
function withUnclear(reading: Reading, unclear: Problem[]): Reading {
  const names = unclear.map(({ name }) => name.replace(/_FILE$/, '') as OptionName)
  return { ...reading, given: new Map([...names.map((name): [OptionName, string] => [name, '']), ...reading.given]) }
}

interface Known extends Pick<Config, 'port' | 'baseUrl' | 'shared' | 'demo' | 'envFile'> {
  options: LoadOptions
}

/** Reads every setting of the table by name: a setting that is declared but not read does not compile. */
function fillIn(settings: Settings, { options, ...known }: Known): Config {
  const { PORT: _port, BASE_URL: _baseUrl, HOST, SESSION_SECRET, REDIS_URL, TRUST_PROXY, ...more } = settings
  const { SHOW_CLIENT_SECRET, SITE_CONTACT, LOG_LEVEL, HTTP_PROXY, HTTPS_PROXY, NO_PROXY, ...forProvider } = more
  const oauth2 = ownProvider(forProvider)
  const local = !known.shared && isLoopback(HOST ?? 'localhost')
  const people = options.terminal === true && !known.shared
  const ownSecret = options.randomSecret ?? (() => randomBytes(32).toString('hex'))
  return {
    ...known,
    host: HOST,
    guarded: !local,
    oauth2: known.demo ? { ...oauth2, ...demoProvider(known.baseUrl) } : oauth2,
    sessionSecrets: SESSION_SECRET ?? [ownSecret()],
    sessionSecretGiven: SESSION_SECRET !== null,
    redisUrl: REDIS_URL,
    trustProxy: TRUST_PROXY ?? [],
    showClientSecret: SHOW_CLIENT_SECRET ?? local,
    siteContact: SITE_CONTACT,
    logLevel: LOG_LEVEL ?? (people ? 'warn' : 'info'),
    logFormat: people ? 'lines' : 'json',
    startedAs: options.startedAs ?? 'offline-token-mint',
    proxy: { http: usable(HTTP_PROXY), https: usable(HTTPS_PROXY), no: NO_PROXY },
  }
}

type ProviderSettings = Pick<Settings, OptionName & `OAUTH2_${string}`>
type EndpointSettings = { [Name in keyof Endpoints as `OAUTH2_${Uppercase<Name>}`]: string | null }
/** Allows no other members than these. */
type Exactly<Wanted, Given extends Wanted> = Given & Record<Exclude<keyof Given, keyof Wanted>, never>

function ownProvider<Given extends ProviderSettings>(settings: Exactly<ProviderSettings, Given>): OAuth2Config {
  const { OAUTH2_ISSUER, OAUTH2_DISCOVERY_URL, OAUTH2_CLIENT_ID, OAUTH2_CLIENT_SECRET, ...more }: ProviderSettings =
    settings
  const { OAUTH2_SCOPE, OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD, OAUTH2_AUTHORIZATION_PARAMS, ...rest } = more
  const { OAUTH2_PKCE, OAUTH2_CA_FILE, ...endpoints } = rest
  return {
    issuer: OAUTH2_ISSUER,
    discoveryUrl: OAUTH2_DISCOVERY_URL,
    endpoints: endpointsOf(endpoints),
    clientId: OAUTH2_CLIENT_ID ?? '',
    clientSecret: OAUTH2_CLIENT_SECRET,
    scope: OAUTH2_SCOPE,
    tokenEndpointAuthMethod: OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD ?? 'auto',
    authorizationParams: OAUTH2_AUTHORIZATION_PARAMS ?? [],
    pkce: OAUTH2_PKCE !== 'off',
    ca: OAUTH2_CA_FILE,
  }
}

/** Gives each endpoint its name in the metadata (RFC 8414 §2). */
function endpointsOf<Given extends EndpointSettings>(settings: Exactly<EndpointSettings, Given>): Endpoints {
  return {
    authorization_endpoint: settings.OAUTH2_AUTHORIZATION_ENDPOINT,
    token_endpoint: settings.OAUTH2_TOKEN_ENDPOINT,
    userinfo_endpoint: settings.OAUTH2_USERINFO_ENDPOINT,
    introspection_endpoint: settings.OAUTH2_INTROSPECTION_ENDPOINT,
    revocation_endpoint: settings.OAUTH2_REVOCATION_ENDPOINT,
    jwks_uri: settings.OAUTH2_JWKS_URI,
    device_authorization_endpoint: settings.OAUTH2_DEVICE_AUTHORIZATION_ENDPOINT,
  }
}

/** Ignores a proxy that the provider does not need, even if we could not use it. */
const usable = (proxy: string | null) => (proxy !== null && isUsableProxy(proxy) ? proxy : null)

const demoProvider = (baseUrl: string): Pick<OAuth2Config, 'issuer' | 'clientId' | 'clientSecret'> => ({
  issuer: baseUrl + DEMO_PATH,
  clientId: DEMO_CLIENT.client_id,
  clientSecret: DEMO_CLIENT.client_secret,
})
