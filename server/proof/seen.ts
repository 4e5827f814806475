import type { Preset } from '../knowledge/presets/preset.js'
import type { Entry, Verdict } from '../tokens/entry.js'

/** What a proof has seen, for its checks to tell. */
export interface Seen {
  /** As they are after the last refresh. */
  entry: Entry
  verdict: Verdict
  /** How the verdict was come by, or why it could not be: one sentence. */
  how: string
  /** What would tell more, beside what the checks say of every such verdict; null when there is nothing. */
  hint: string | null
  /** Why the refresh was refused; null when it worked. */
  refusal: { message: string; hint: string | null } | null
  tokenEndpoint: string
  preset: Preset
  /** Milliseconds since the epoch. */
  now: number
}
