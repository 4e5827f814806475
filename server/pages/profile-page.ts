import type { Config } from '../config.js'
import type { Provider } from '../provider/provider.js'
import { fingerprint } from '../tokens/fingerprint.js'
import { readJwt } from '../tokens/jwt.js'
import { iso, verdictOf } from '../tokens/token-answer-json.js'
import type { TokenSet, Verdict, Who } from '../tokens/token-set.js'
import { type WireRequest, wireRequests } from '../tokens/wire.js'

export interface ProfilePage {
  now: string
  origin: TokenSet['origin']
  who: Who
  refreshToken: {
    value: string
    fingerprint: string
    endsAt: string | null
    length: number
    claims: string | null
  } | null
  accessToken: {
    value: string
    expiresAt: string | null
    expiresIn: number | null
    header: string | null
    claims: string | null
    signature: TokenSet['signature']
  } | null
  scope: string | null
  verdict: Verdict | null
  checks: NonNullable<TokenSet['proof']>['checks']
  provedAt: string | null
  dead: TokenSet['dead']
  refreshedAt: string | null
  refreshTokenChanged: boolean
  refreshExpiresIn: number | null
  /** When no refresh token came: what to turn. */
  noRefreshToken: string | null
  lifetime: string
  wire: WireRequest[]
  /** The JSON of the last token answer, tokens and all. */
  answer: string
  authMethods: string[]
  authMethod: string
  providerName: string
}

export function profilePage(config: Config, provider: Provider, tokens: TokenSet, now: number): ProfilePage {
  const preset = provider.preset()
  const endpoint = provider.metadata.current?.token_endpoint ?? config.oauth2.endpoints.token_endpoint
  const { access_token, refresh_token } = tokens
  const accessJwt = readJwt(access_token)
  return {
    now: new Date(now).toISOString(),
    origin: tokens.origin,
    who: tokens.who,
    refreshToken:
      refresh_token === null
        ? null
        : {
            value: refresh_token,
            fingerprint: fingerprint(refresh_token),
            endsAt: iso(tokens.refresh_token_expires_at),
            length: refresh_token.length,
            claims: indented(readJwt(refresh_token)?.claims),
          },
    accessToken:
      access_token === null
        ? null
        : {
            value: access_token,
            expiresAt: iso(tokens.expires_at),
            expiresIn: tokens.expires_in,
            header: indented(accessJwt?.header),
            claims: indented(accessJwt?.claims),
            signature: tokens.signature,
          },
    scope: tokens.scope,
    verdict: verdictOf(tokens),
    checks: tokens.proof?.checks ?? [],
    provedAt: iso(tokens.proof?.proved_at ?? null),
    dead: tokens.dead,
    refreshedAt: iso(tokens.refreshed_at),
    refreshTokenChanged: tokens.refresh_token_changed,
    refreshExpiresIn: tokens.refresh_expires_in,
    noRefreshToken: refresh_token === null ? preset.noRefreshToken : null,
    lifetime: preset.lifetime,
    wire:
      refresh_token === null || endpoint === null
        ? []
        : wireRequests(
            config.oauth2,
            endpoint,
            refresh_token,
            tokens.token_endpoint_auth_method,
            config.showClientSecret,
          ),
    answer: indented({ access_token, ...tokens.answer, refresh_token }) as string,
    authMethods: config.oauth2.clientSecret === null ? ['none'] : ['client_secret_basic', 'client_secret_post'],
    authMethod: tokens.token_endpoint_auth_method,
    providerName: preset.name,
  }
}

const indented = (value: object | undefined) => (value === undefined ? null : JSON.stringify(value, null, 2))
