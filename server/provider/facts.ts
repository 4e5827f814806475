import type { TokenEndpointAuthMethod } from '../config/auth-methods.js'
import type { Preset } from '../knowledge/presets/preset.js'
import type { Provider } from './provider.js'

/** What is known of the provider just now, without asking it: all that pages and files are drawn from. */
export interface ProviderFacts {
  preset: Preset
  /** What a sign-in asks for; a scope of '' is not sent. */
  scope: string
  authorizationParams: [string, string][]
  /** null while the metadata has not come. */
  token_endpoint: string | null
  /** Where a person signs out (OpenID Connect RP-Initiated Logout); null where none is known. */
  end_session_endpoint: string | null
  /** Which of the two ways of Basic it takes, or most likely takes. */
  basicWay: TokenEndpointAuthMethod
  /** Why the provider can't be reached; null when all is well. */
  problem: string | null
}

export const providerFacts = (provider: Provider): ProviderFacts => ({
  preset: provider.preset(),
  ...provider.asksFor(),
  token_endpoint: provider.metadata.current?.token_endpoint ?? provider.config.endpoints.token_endpoint,
  end_session_endpoint: webAddress(provider.metadata.current?.discovered?.end_session_endpoint),
  basicWay: provider.authentication.basicWay(),
  problem: provider.metadata.problem?.message ?? null,
})

/** Only a web address becomes a link. */
const webAddress = (url: unknown): string | null =>
  typeof url === 'string' && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? new URL(url).href : null
