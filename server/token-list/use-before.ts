import type { Preset } from '../knowledge/presets/preset.js'
import type { Entry } from '../tokens/entry.js'

const DAY = 86_400_000

/**
 * By when the token must be used, by the provider's default idle limit, counted from its last use here. Null where no limit is
 * documented, where the token is dead, and for a pasted token that was not used here.
 */
export function useBefore(entry: Entry, { idleDays }: Preset): number | null {
  const used = entry.refreshed_at ?? (entry.origin === 'sign_in' ? entry.minted_at : null)
  return idleDays === undefined || entry.dead || used === null ? null : used + idleDays * DAY
}
