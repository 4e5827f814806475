import type { OAuth2Config } from '../config/config.js'
import type { Preset } from '../knowledge/presets/preset.js'
import type { ProviderFetch } from './http.js'
import type { MetadataSource } from './metadata.js'

/** What requests to the provider need: its settings, its metadata and the HTTP client. */
export interface ProviderContext {
  readonly config: OAuth2Config
  readonly metadata: MetadataSource
  readonly fetch: ProviderFetch
  /** The preset of this provider; the generic one until its metadata is loaded. */
  preset(): Preset
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number
  /** Logs the shape of each answer: names and types of its members, never a value. */
  readonly log: { debug(fields: object, message: string): void }
}
