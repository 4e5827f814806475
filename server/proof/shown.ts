import type { Config } from '../config/config.js'
import type { Preset } from '../knowledge/presets/preset.js'
import type { ProviderFacts } from '../provider/facts.js'
import { readJwt } from '../provider/jwt.js'
import type { Entry } from '../tokens/entry.js'

/** What the test's checks are drawn from: the facts that are stored, and what is known about the provider. */
export interface Shown {
  entry: Entry
  /** What the refresh token says about itself; null where it can't be read. Read once, since it may be large. */
  claims: Record<string, unknown> | null
  preset: Preset
  /** null while the metadata has not come. */
  tokenEndpoint: string | null
  publicClient: boolean
  demo: boolean
  /** Milliseconds since the epoch. */
  now: number
}

export const shown = (
  { demo, oauth2 }: Pick<Config, 'demo' | 'oauth2'>,
  { preset, token_endpoint }: Pick<ProviderFacts, 'preset' | 'token_endpoint'>,
  entry: Entry,
  now: number,
): Shown => ({
  entry,
  claims: readJwt(entry.refresh_token)?.claims ?? null,
  preset,
  tokenEndpoint: token_endpoint,
  publicClient: oauth2.clientSecret === null,
  demo,
  now,
})
