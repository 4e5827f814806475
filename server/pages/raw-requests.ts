import type { Config, OAuth2Config, TokenEndpointAuthMethod } from '../config/config.js'
import { CLIENT_SECRET_PLACEHOLDER } from '../device-config/fields.js'
import type { Piece } from '../device-config/formats/format.js'
import { basic, basicRaw, formEncoded } from '../provider/client-authentication.js'
import type { ProviderFacts } from '../provider/facts.js'
import type { Entry } from '../tokens/entry.js'
import { maskedValues } from './masked.js'

/** A refresh request (RFC 6749 §6) to be read, and to be pasted into a shell. */
export interface RawRequest {
  /** The tutorial's name for it. */
  title: string
  method: TokenEndpointAuthMethod
  /** Raw HTTP/1.1. */
  http: string
  /** For a POSIX shell. */
  curl: string
}

/**
 * The tutorial's Option A (credentials in the header) and Option B (in the body); for a public client the one way there is.
 * @param method what was proven: of the two ways of Basic, the one this provider takes
 * @param showSecret false: a placeholder stands for the client secret
 */
export function refreshRequests(
  client: Pick<OAuth2Config, 'clientId' | 'clientSecret'>,
  tokenEndpoint: string,
  refreshToken: string,
  method: TokenEndpointAuthMethod,
  showSecret: boolean,
): RawRequest[] {
  const grant: Fields = [
    ['grant_type', 'refresh_token'],
    ['refresh_token', refreshToken],
  ]
  return grantRequests(client, tokenEndpoint, grant, method, showSecret)
}

/** A token request with this grant, in both of the tutorial's options. */
export function grantRequests(
  client: Pick<OAuth2Config, 'clientId' | 'clientSecret'>,
  tokenEndpoint: string,
  grant: Fields,
  method: TokenEndpointAuthMethod,
  showSecret: boolean,
): RawRequest[] {
  const { clientId } = client
  if (client.clientSecret === null) {
    return [request('Public client', 'none', tokenEndpoint, [], [...grant, ['client_id', clientId]])]
  }
  const secret = showSecret ? client.clientSecret : CLIENT_SECRET_PLACEHOLDER
  const raw = method === 'client_secret_basic_raw'
  const authorization = showSecret
    ? raw
      ? basicRaw(clientId, secret)
      : basic(clientId, secret)
    : `Basic <BASE64_ENCODE(${raw ? clientId : formEncoded(clientId)}:${secret})>`
  return [
    request(
      'Option A: credentials in the header',
      raw ? 'client_secret_basic_raw' : 'client_secret_basic',
      tokenEndpoint,
      [['Authorization', authorization]],
      grant,
    ),
    request(
      'Option B: credentials in the body',
      'client_secret_post',
      tokenEndpoint,
      [],
      [...grant, ['client_id', clientId], ['client_secret', secret]],
    ),
  ]
}

export type Fields = [string, string][]

function request(
  title: string,
  method: TokenEndpointAuthMethod,
  tokenEndpoint: string,
  headers: Fields,
  body: Fields,
): RawRequest {
  const { host, pathname, search } = new URL(tokenEndpoint)
  const encoded = body.map(([name, value]) => `${name}=${formEncoded(value)}`).join('&')
  const http = [
    `POST ${pathname}${search} HTTP/1.1`,
    `Host: ${host}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    'Accept: application/json',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${encoded.length}`,
    '',
    encoded,
  ].join('\n')
  const curl = [
    `curl -sS ${quoted(tokenEndpoint)}`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `-H 'Accept: application/json'`,
    ...body.map(([name, value]) => `--data-urlencode ${quoted(`${name}=${value}`)}`),
  ].join(' \\\n  ')
  return { title, method, http, curl }
}

/** One word for a POSIX shell, whatever is in it. */
export const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** A request on the page. */
export interface RawRequestPart {
  title: string
  method: string
  http: Piece[]
  curl: Piece[]
}

/** The refresh requests of the profile page, secrets masked; empty without a token, or while the token endpoint is not known. */
export function rawRequests(config: Config, provider: ProviderFacts, entry: Entry): RawRequestPart[] {
  const { token_endpoint: endpoint } = provider
  if (entry.refresh_token === null || endpoint === null) return []
  const { refresh_token } = entry
  const way = wayShown(provider, entry.token_endpoint_auth_method)
  const secrets = [refresh_token, config.showClientSecret ? config.oauth2.clientSecret : null]
  return refreshRequests(config.oauth2, endpoint, refresh_token, way, config.showClientSecret).map(
    ({ title, method, http, curl }) => ({
      title,
      method,
      http: maskedValues(http, secrets),
      curl: maskedValues(curl, secrets),
    }),
  )
}

/** Option A is sent in the way of Basic that this provider takes, also where Option B was used last. */
export const wayShown = ({ basicWay }: ProviderFacts, used: TokenEndpointAuthMethod): TokenEndpointAuthMethod =>
  used === 'client_secret_post' ? basicWay : used
