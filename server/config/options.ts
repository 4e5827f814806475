import { TOKEN_ENDPOINT_AUTH_METHODS } from './auth-methods.js'
import { authorizationParams } from './authorization-params.js'
import { caFile } from './files.js'
import { boolean, choice, host, type Parser, port, scope, text } from './parsers.js'
import { sessionSecrets } from './session-secrets.js'
import { trustProxy } from './trust-proxy.js'
import { endpoint, issuer, origin, proxyUrl, redisUrl } from './urls.js'

export interface Option<T> {
  parse: Parser<T>
  /** A value, or words in parentheses if `loadConfig` calculates it. Empty: unset. */
  default: string
  /** One line, for .env.example and the README. */
  help: string
  /** The value is never shown, and its spaces are kept. `NAME_FILE` can name a file that contains it. */
  secret?: true
  /** A variable that many programs share: the name in lower case works too. */
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
  OAUTH2_ISSUER: option(issuer, '', "The provider's issuer URL. The app discovers its endpoints from it."),
  OAUTH2_CLIENT_ID: option(
    text,
    '',
    "The client's ID at the provider. If you set no client ID, issuer or endpoint, the built-in demo provider runs.",
  ),
  OAUTH2_CLIENT_SECRET: option(text, '', "The client's secret. Leave it unset for a public client.", { secret: true }),
  PORT: option(port, '3000', 'The port to listen on.'),
  HOST: option(
    host,
    '(loopback)',
    'The address to listen on. Loopback (127.0.0.1 and, if the machine has it, ::1) is for this machine only, 0.0.0.0 for every network.',
  ),
  BASE_URL: option(
    origin,
    '(http://localhost:$PORT)',
    'The address that browsers use. The callback URL is this address plus /auth/oauth2/callback. If it is not a loopback address, the site counts as shared.',
  ),
  OAUTH2_SCOPE: option(
    scope,
    '(offline_access, or what a known provider needs instead)',
    'The scopes to request, separated by spaces.',
  ),
  OAUTH2_AUTHORIZATION_PARAMS: option(
    authorizationParams,
    '',
    'Extra query parameters for the authorization URL, e.g. access_type=offline&prompt=consent',
  ),
  OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD: option(
    choice(['auto', ...TOKEN_ENDPOINT_AUTH_METHODS]),
    'auto',
    "How to send the client's ID and secret. With auto, the app finds out. The others are client_secret_basic, client_secret_post, none, and client_secret_basic_raw (without form-encoding, for Keycloak up to 16).",
  ),
  OAUTH2_PKCE: option(
    choice(['S256', 'off']),
    'S256',
    'Whether a sign-in uses PKCE (RFC 7636). Set it to off only for the few providers that refuse it; the client then needs a secret.',
  ),
  OAUTH2_DISCOVERY_URL: option(
    endpoint,
    '',
    "Where to fetch the provider's metadata if the app can't reach the issuer's address, e.g. inside a container.",
  ),
  OAUTH2_AUTHORIZATION_ENDPOINT: option(endpoint, '', 'Where people sign in, for a provider without discovery.'),
  OAUTH2_TOKEN_ENDPOINT: option(endpoint, '', 'Where the provider issues tokens, for a provider without discovery.'),
  OAUTH2_USERINFO_ENDPOINT: option(endpoint, '', 'Where to ask who signed in (UserInfo; optional).'),
  OAUTH2_INTROSPECTION_ENDPOINT: option(
    endpoint,
    '',
    'Where to ask whether a token still works (introspection; optional).',
  ),
  OAUTH2_REVOCATION_ENDPOINT: option(endpoint, '', 'Where to revoke a token (optional).'),
  OAUTH2_JWKS_URI: option(endpoint, '', "Where to fetch the provider's public keys (JWKS; optional)."),
  OAUTH2_DEVICE_AUTHORIZATION_ENDPOINT: option(
    endpoint,
    '',
    'Where to start a sign-in with a short code (RFC 8628; optional).',
  ),
  OAUTH2_CA_FILE: option(
    caFile,
    '',
    'A PEM file with more certificate authorities to trust for the provider. The app trusts those in NODE_EXTRA_CA_CERTS, too.',
  ),
  HTTPS_PROXY: option(proxyUrl, '', 'The proxy for a provider on https, as http://HOST:PORT or https://HOST:PORT', {
    common: true,
  }),
  HTTP_PROXY: option(proxyUrl, '', 'The proxy for a provider on http.', { common: true }),
  NO_PROXY: option(text, '', 'Hosts to reach without a proxy, separated by commas.', { common: true }),
  SHOW_CLIENT_SECRET: option(
    boolean,
    '(true if HOST and BASE_URL are loopback, else false)',
    "Whether device configs contain the client secret. On a shared site it can't be true.",
  ),
  SESSION_SECRET: option(
    sessionSecrets,
    '(random at each start)',
    'Signs session cookies and encrypts tokens in Redis. You must set it for a shared site, and with REDIS_URL: make at least 32 characters with openssl rand -hex 32. To change it, write the new secret, a comma and the old one: then sessions stay valid.',
    { secret: true },
  ),
  REDIS_URL: option(
    redisUrl,
    '',
    'The Redis that keeps sessions, e.g. redis://localhost:6379. They survive restarts, and several replicas can share them.',
  ),
  TRUST_PROXY: option(
    trustProxy,
    'off',
    'The addresses of the proxies in front of the app, separated by commas, e.g. loopback or 10.0.0.0/8',
  ),
  SITE_CONTACT: option(
    text,
    '',
    'Whom people can ask about a shared site: a name, an address or a link. Pages and messages show it.',
  ),
  LOG_LEVEL: option(
    choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    '(info; warn on a terminal, unless the site is shared)',
    'How much to log: trace, debug, info, warn, error, fatal or silent.',
  ),
}

export type OptionName = keyof typeof OPTIONS

/** The parsed settings; null for one that is missing or wrong. */
export type Settings = { [Name in OptionName]: ReturnType<(typeof OPTIONS)[Name]['parse']> | null }

/** Every variable that the app reads, with the `_FILE` of a secret and the lower case of a common one. */
const VARIABLES = new Map<string, Option<unknown>>(
  Object.entries(OPTIONS).flatMap(([name, option]: [string, Option<unknown>]): [string, Option<unknown>][] => [
    [name, option],
    ...(option.secret ? [[`${name}_FILE`, option] satisfies [string, Option<unknown>]] : []),
    ...(option.common ? [[name.toLowerCase(), option] satisfies [string, Option<unknown>]] : []),
  ]),
)

/** Whether a variable with this name is a setting, or names the file of one. */
export function isSetting(name: string): boolean {
  return VARIABLES.has(name)
}

/** Whether the variable is a secret, or names the file of one. */
export function isSecret(name: string): boolean {
  return VARIABLES.get(name)?.secret === true
}
