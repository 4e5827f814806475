import type { TokenEndpointAuthMethod } from '../config/auth-methods.js'
import { DEMO_MARK } from '../config/demo-realm.js'
import { parseUrl } from '../config/urls.js'
import type { Preset } from '../knowledge/presets/preset.js'
import type { Provider } from './provider.js'

/** What we know about the provider now, without a request. Pages and files use only this. */
export interface ProviderFacts {
  preset: Preset
  /** It is the demo provider, of this process or of another one. */
  demo: boolean
  /** What a sign-in asks for; no scope is sent if it is ''. */
  scope: string
  authorizationParams: [string, string][]
  /** Both are null until the metadata is loaded. */
  authorization_endpoint: string | null
  token_endpoint: string | null
  /** Where a person signs out (OpenID Connect RP-Initiated Logout); null where none is known. */
  end_session_endpoint: string | null
  /** Which of the two ways of Basic the provider accepts, or most likely accepts. */
  basicWay: TokenEndpointAuthMethod
  /** Why we can't reach the provider; null if we can. */
  problem: string | null
}

export const providerFacts = (provider: Provider): ProviderFacts => ({
  preset: provider.preset(),
  demo: provider.metadata.current?.discovered?.[DEMO_MARK] === true,
  ...provider.asksFor(),
  authorization_endpoint:
    provider.metadata.current?.authorization_endpoint ?? provider.config.endpoints.authorization_endpoint,
  token_endpoint: provider.metadata.current?.token_endpoint ?? provider.config.endpoints.token_endpoint,
  end_session_endpoint: webAddress(provider.metadata.current?.discovered?.end_session_endpoint),
  basicWay: provider.authentication.basicWay(),
  problem: provider.metadata.problem?.message ?? null,
})

/** Only a web address becomes a link. */
function webAddress(value: unknown): string | null {
  const url = typeof value === 'string' ? parseUrl(value) : null
  return url && /^https?:$/.test(url.protocol) ? url.href : null
}
