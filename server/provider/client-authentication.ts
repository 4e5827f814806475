import type { ClientAuth } from 'openid-client'
import type { TokenEndpointAuthMethod } from '../config/config.js'

/**
 * How each way of sending the client's credentials is done. Basic is ours: openid-client's also encodes `-._~`, which
 * servers that do not decode would take for another client.
 */
const WAYS: Record<TokenEndpointAuthMethod, (clientSecret: string) => ClientAuth> = {
  client_secret_basic: (secret) => authorization((clientId) => basic(clientId, secret)),
  client_secret_basic_raw: (secret) => authorization((clientId) => basicRaw(clientId, secret)),
  client_secret_post: (secret) => (_server, client, body) => {
    body.set('client_id', client.client_id)
    body.set('client_secret', secret)
  },
  none: () => (_server, client, body) => body.set('client_id', client.client_id),
}

export const clientAuthentication = (method: TokenEndpointAuthMethod, clientSecret: string | null): ClientAuth =>
  WAYS[method](clientSecret ?? '')

const authorization =
  (value: (clientId: string) => string): ClientAuth =>
  (_server, client, _body, headers) => {
    headers.set('authorization', value(client.client_id))
  }

/** Base64 of `id:secret` as they are (RFC 7617), for servers that do not form-decode: Keycloak up to 16, Fitbit. */
export const basicRaw = (clientId: string, clientSecret: string): string =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`

/** The same with both form-encoded first (RFC 6749 §2.3.1). */
export const basic = (clientId: string, clientSecret: string): string =>
  basicRaw(formEncoded(clientId), formEncoded(clientSecret))

/** application/x-www-form-urlencoded of one value (RFC 6749 Appendix B). */
export const formEncoded = (value: string): string => new URLSearchParams([['', value]]).toString().slice(1)

/** Whether form-encoding changes the credentials at all; where not, the two ways of Basic are one. */
export const encodingMatters = (clientId: string, clientSecret: string): boolean =>
  formEncoded(clientId) !== clientId || formEncoded(clientSecret) !== clientSecret

/** The ways worth trying in turn for `auto`, by what the metadata offers (RFC 8414 §2: Basic when it says nothing). */
export function candidateMethods(
  offered: unknown,
  clientId: string,
  clientSecret: string | null,
): TokenEndpointAuthMethod[] {
  if (clientSecret === null) return ['none']
  const list = Array.isArray(offered) ? offered : ['client_secret_basic']
  const candidates: TokenEndpointAuthMethod[] = []
  if (list.includes('client_secret_basic')) {
    candidates.push('client_secret_basic')
    if (encodingMatters(clientId, clientSecret)) candidates.push('client_secret_basic_raw')
  }
  if (list.includes('client_secret_post')) candidates.push('client_secret_post')
  return candidates.length > 0 ? candidates : ['client_secret_basic']
}
