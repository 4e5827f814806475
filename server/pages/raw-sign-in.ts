import type { Config } from '../config/config.js'
import type { Piece } from '../device-config/formats/format.js'
import type { ProviderFacts } from '../provider/facts.js'
import type { Entry } from '../tokens/entry.js'
import { maskedValues } from './masked.js'
import { type Fields, grantRequests, quoted, type RawRequestPart, wayShown } from './raw-requests.js'

/** What the sign-in sends, and how an API is called afterwards, to be read and pasted. */
export interface RawSignIn {
  /** The address that the browser goes to (RFC 6749 §4.1.1, RFC 7636 §4.3). */
  authorizationUrl: string
  /** The code exchange (RFC 6749 §4.1.3), in both options. */
  exchange: Pick<RawRequestPart, 'title' | 'http'>[]
  /** null where no access token came, or where it is too large for a page. */
  apiCall: Piece[] | null
}

/** null while the provider's addresses are not known. */
export function rawSignIn(config: Config, provider: ProviderFacts, entry: Entry): RawSignIn | null {
  const { authorization_endpoint, token_endpoint } = provider
  if (authorization_endpoint === null || token_endpoint === null) return null
  const redirectUri = `${config.baseUrl}/auth/oauth2/callback`
  const { pkce, clientId } = config.oauth2
  const grant: Fields = [
    ['grant_type', 'authorization_code'],
    ['code', '<CODE>'],
    ['redirect_uri', redirectUri],
    ...(pkce ? ([['code_verifier', '<CODE_VERIFIER>']] satisfies Fields) : []),
  ]
  const way = wayShown(provider, entry.token_endpoint_auth_method)
  const secrets = [config.showClientSecret ? config.oauth2.clientSecret : null]
  const requests = grantRequests(config.oauth2, token_endpoint, grant, way, config.showClientSecret)
  return {
    authorizationUrl: authorizationUrl(authorization_endpoint, provider, { clientId, redirectUri, pkce }),
    exchange: requests.map(({ title, http }) => ({
      title,
      http: maskedValues(withPlaceholders(http), secrets),
    })),
    apiCall: entry.access_token === null ? null : apiCall(entry.access_token),
  }
}

function authorizationUrl(
  endpoint: string,
  { scope, authorizationParams }: ProviderFacts,
  { clientId, redirectUri, pkce }: { clientId: string; redirectUri: string; pkce: boolean },
): string {
  const url = new URL(endpoint)
  const query: Fields = [
    ['response_type', 'code'],
    ['client_id', clientId],
    ['redirect_uri', redirectUri],
    ...(scope ? ([['scope', scope]] satisfies Fields) : []),
    ['state', '<STATE>'],
    ...(pkce
      ? ([
          ['code_challenge', '<CODE_CHALLENGE>'],
          ['code_challenge_method', 'S256'],
        ] satisfies Fields)
      : []),
    ...authorizationParams,
  ]
  for (const [name, value] of query) url.searchParams.append(name, value)
  return withPlaceholders(url.href)
}

/** A call of one's own API with the access token (RFC 6750 §2.1). */
const apiCall = (accessToken: string): Piece[] =>
  maskedValues(`curl -sS 'https://YOUR-API.example/' \\\n  -H ${quoted(`Authorization: Bearer ${accessToken}`)}`, [
    accessToken,
  ])

/** A placeholder stays readable in a form or a query. */
const withPlaceholders = (text: string) => text.replace(/%3C([A-Z_]+)%3E/g, '<$1>')
