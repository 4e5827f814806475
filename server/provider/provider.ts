import type { OAuth2Config } from '../config/config.js'
import { asked, presetFor } from '../knowledge/presets.js'
import type { ProviderContext } from './context.js'
import { doubting } from './doubting.js'
import { createExchanges, type Exchanges } from './exchanges.js'
import type { ProviderFetch } from './http.js'
import type { MetadataSource } from './metadata.js'

/** The provider, as the rest of the app uses it. Every method rejects with `AppError`. */
export interface Provider extends ProviderContext, Exchanges {
  /** What the authorization request asks for: from the settings, else from the preset. No scope is sent if it is ''. */
  asksFor(): { scope: string; authorizationParams: [string, string][] }
}

type Around = Pick<ProviderContext, 'now' | 'log'>

const ALONE: Around = { now: Date.now, log: { debug() {} } }

/** @param around the clock and the log; by default the machine's clock and no log */
export function createProvider(
  config: OAuth2Config,
  metadata: MetadataSource,
  fetch: ProviderFetch,
  around: Partial<Around> = {},
): Provider {
  const preset = () =>
    presetFor({
      issuer: config.issuer,
      authorization_endpoint: metadata.current?.authorization_endpoint ?? config.endpoints.authorization_endpoint,
      token_endpoint: metadata.current?.token_endpoint ?? config.endpoints.token_endpoint,
      metadata: metadata.current?.discovered ?? null,
      publicClient: config.clientSecret === null,
    })
  const about = { config, metadata, fetch: doubting(fetch, metadata), preset, ...ALONE, ...around }

  return { ...about, ...createExchanges(about), asksFor: () => asked(preset(), config) }
}
