import type { TokenEndpointAuthMethod } from '../config/config.js'
import type { SentValues } from './sent-values.js'

/** The client's credentials, as they go out with a request. */
export interface ClientCredentials {
  headers: Record<string, string>
  /** Further fields of the body. */
  fields: [string, string][]
  /** What no text may hold that is shown. */
  secret: SentValues
}

/** How each way of sending the client's credentials is done (RFC 6749 §2.3.1). */
const WAYS: Record<
  TokenEndpointAuthMethod,
  (id: string, secret: string) => Pick<ClientCredentials, 'headers' | 'fields'>
> = {
  client_secret_basic: (id, secret) => ({ headers: { authorization: basic(id, secret) }, fields: [] }),
  client_secret_basic_raw: (id, secret) => ({ headers: { authorization: basicRaw(id, secret) }, fields: [] }),
  client_secret_post: (id, secret) => ({
    headers: {},
    fields: [
      ['client_id', id],
      ['client_secret', secret],
    ],
  }),
  none: (id) => ({ headers: {}, fields: [['client_id', id]] }),
}

export function clientCredentials(
  method: TokenEndpointAuthMethod,
  { clientId, clientSecret }: { clientId: string; clientSecret: string | null },
): ClientCredentials {
  const way = WAYS[method](clientId, clientSecret ?? '')
  const header = way.headers.authorization?.replace('Basic ', '')
  return {
    ...way,
    secret: [
      ['client_secret', clientSecret ?? ''],
      ['client_id', clientId],
      ['authorization', header ?? ''],
    ],
  }
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

/** Every way of sending these credentials, in the order in which they are tried. Ways that come to the same bytes count once. */
export function possibleMethods(clientId: string, clientSecret: string | null): TokenEndpointAuthMethod[] {
  if (clientSecret === null) return ['none']
  const raw: TokenEndpointAuthMethod[] = encodingMatters(clientId, clientSecret) ? ['client_secret_basic_raw'] : []
  return ['client_secret_basic', ...raw, 'client_secret_post']
}
