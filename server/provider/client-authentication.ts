import type { TokenEndpointAuthMethod } from '../config/config.js'
import type { SentValues } from './sent-values.js'

/** The client's credentials as they are sent with a request. */
export interface ClientCredentials {
  headers: Record<string, string>
  /** Further fields of the body. */
  fields: [string, string][]
  /** Values that no shown text may contain. */
  secret: SentValues
}

/** Implements each way to send the client's credentials (RFC 6749 §2.3.1). */
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

/** Encodes `id:secret` in Base64 without form-encoding (RFC 7617), for servers that do not decode: Keycloak up to 16, Fitbit. */
export const basicRaw = (clientId: string, clientSecret: string): string =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`

/** Encodes both with form-encoding first (RFC 6749 §2.3.1). */
export const basic = (clientId: string, clientSecret: string): string =>
  basicRaw(formEncoded(clientId), formEncoded(clientSecret))

/** Encodes one value as application/x-www-form-urlencoded (RFC 6749 Appendix B). */
export const formEncoded = (value: string): string => new URLSearchParams([['', value]]).toString().slice(1)

/** Whether form-encoding changes the credentials. If not, the two ways of Basic are the same. */
export const encodingMatters = (clientId: string, clientSecret: string): boolean =>
  formEncoded(clientId) !== clientId || formEncoded(clientSecret) !== clientSecret

/** Lists every way to send these credentials, in the order in which we try them. Ways with the same bytes count once. */
export function possibleMethods(clientId: string, clientSecret: string | null): TokenEndpointAuthMethod[] {
  if (clientSecret === null) return ['none']
  const raw: TokenEndpointAuthMethod[] = encodingMatters(clientId, clientSecret) ? ['client_secret_basic_raw'] : []
  return ['client_secret_basic', ...raw, 'client_secret_post']
}
