import type { OAuth2Config } from '../config/config.js'
import type { Preset } from '../knowledge/presets/preset.js'
import type { ProviderFetch } from './http.js'
import type { MetadataSource } from './metadata.js'

/** Who the provider is, and how it is reached. */
export interface ProviderContext {
  readonly config: OAuth2Config
  readonly metadata: MetadataSource
  readonly fetch: ProviderFetch
  /** What is known of this kind of provider; the generic one until its metadata is there. */
  preset(): Preset
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number
  /** Takes the shape of each answer: names and types of its members, never a value. */
  readonly log: { debug(fields: object, message: string): void }
}
