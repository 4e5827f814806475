import { TOKEN_ENDPOINT_AUTH_METHODS } from './auth-methods.js'
import { authorizationParams } from './authorization-params.js'
import { caFile } from './files.js'
import { boolean, choice, host, type Parser, port, scope, text } from './parsers.js'
import { sessionSecrets } from './session-secrets.js'
import { trustProxy } from './trust-proxy.js'
import { endpoint, issuer, origin, proxyUrl, redisUrl } from './urls.js'

export interface Option<T> {
  parse: Parser<T>
  /** As it could be written, or, where it is no value, words in parentheses; `loadConfig` fills it in. Empty: unset. */
  default: string
  /** One line, for .env.example and the README. */
  help: string
  /** Its value is never shown, and it is taken as it is, spaces and all. `NAME_FILE` may name a file that holds it. */
  secret?: true
  /** A convention of all programs, not ours alone: lower case counts too, and names like it are nobody's mistake. */
  common?: true
}

const option = <T>(
  parse: Parser<T>,
  defaultText: string,
  help: string,
  rest: Pick<Option<T>, 'secret' | 'common'> = {},
) => ({
  parse,
  default: defaultText,
  help,
  ...rest,
})

/** Every setting, by the name of its environment variable. */
export const OPTIONS = {
  PORT: option(port, '3000', 'Port to listen on.'),
  HOST: option(
    host,
    '(loopback)',
    'Address to listen on; 0.0.0.0 for every network. Loopback is 127.0.0.1, and ::1 where there is one.',
  ),
  BASE_URL: option(
    origin,
    '(http://localhost:$PORT)',
    'How browsers reach this site; the callback URL is this and /auth/oauth2/callback. Any host but loopback makes it a shared site.',
  ),
  OAUTH2_ISSUER: option(issuer, '', 'Issuer URL of the provider; its endpoints are discovered from it.'),
  OAUTH2_DISCOVERY_URL: option(
    endpoint,
    '',
    "Where to fetch the provider's metadata instead, e.g. from inside a container.",
  ),
  OAUTH2_AUTHORIZATION_ENDPOINT: option(endpoint, '', 'Where people sign in, for a provider without discovery.'),
  OAUTH2_TOKEN_ENDPOINT: option(endpoint, '', 'Where tokens are issued, for a provider without discovery.'),
  OAUTH2_USERINFO_ENDPOINT: option(endpoint, '', 'Who signed in (optional).'),
  OAUTH2_INTROSPECTION_ENDPOINT: option(endpoint, '', 'Whether a token is alive (optional).'),
  OAUTH2_REVOCATION_ENDPOINT: option(endpoint, '', 'Where a token is revoked (optional).'),
  OAUTH2_JWKS_URI: option(endpoint, '', "The provider's public keys (optional)."),
  OAUTH2_CLIENT_ID: option(
    text,
    '',
    "The client's id at the provider. Unset, with the issuer and all endpoints: the built-in demo provider.",
  ),
  OAUTH2_CLIENT_SECRET: option(text, '', "The client's secret. Unset: a public client.", { secret: true }),
  OAUTH2_SCOPE: option(
    scope,
    '(offline_access, or what a known provider wants instead)',
    'What to ask for, with spaces between.',
  ),
  OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD: option(
    choice(['auto', ...TOKEN_ENDPOINT_AUTH_METHODS]),
    'auto',
    "How the client's credentials are sent: client_secret_basic, client_secret_basic_raw (id and secret not form-encoded, as Keycloak up to 16 wants it), client_secret_post or none; auto finds out.",
  ),
  OAUTH2_AUTHORIZATION_PARAMS: option(
    authorizationParams,
    '',
    'Extra query of the authorization URL, e.g. access_type=offline&prompt=consent',
  ),
  OAUTH2_CA_FILE: option(caFile, '', 'PEM file of further certificate authorities to trust for the provider.'),
  SESSION_SECRET: option(
    sessionSecrets,
    '(random at each start)',
    'At least 32 characters. A comma-separated list rotates it: the first signs, all open.',
    { secret: true },
  ),
  REDIS_URL: option(
    redisUrl,
    '',
    'Keeps sessions in Redis, for restarts and several replicas, e.g. redis://localhost:6379',
  ),
  TRUST_PROXY: option(trustProxy, 'off', 'Addresses of the proxies in front, with commas: e.g. loopback or 10.0.0.0/8'),
  SHOW_CLIENT_SECRET: option(
    boolean,
    '(true where HOST and BASE_URL are loopback, else false)',
    'Whether device configs hold the client secret. Never true on a shared site.',
  ),
  LOG_LEVEL: option(
    choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    'info',
    'trace, debug, info, warn, error, fatal or silent.',
  ),
  HTTPS_PROXY: option(proxyUrl, '', 'Proxy for the provider when it is on https.', { common: true }),
  HTTP_PROXY: option(proxyUrl, '', 'Proxy for the provider when it is on http.', { common: true }),
  NO_PROXY: option(text, '', 'Hosts that are reached without a proxy.', { common: true }),
}

export type OptionName = keyof typeof OPTIONS

/** What the environment says, parsed; null where it says nothing, or nothing that can be used. */
export type Settings = { [Name in OptionName]: ReturnType<(typeof OPTIONS)[Name]['parse']> | null }
