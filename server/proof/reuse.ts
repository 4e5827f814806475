import { AppError } from '../errors.js'
import type { StoredEntry } from '../tokens/entries.js'
import type { Refresher } from '../tokens/refresh.js'
import type { Outcome, RefreshForTest } from './try-refresh.js'

/**
 * Sends the first token once more, and then tries the current one: it may end the whole grant, so only when asked for. It always
 * ends with its own answer: where it ended the grant, the entry is dead, and the verdict still says one-time.
 */
export async function reuseFirst(
  refresher: Refresher,
  refresh: RefreshForTest,
  pause: () => Promise<unknown>,
  stored: StoredEntry,
): Promise<Outcome> {
  const { first_refresh_token, refresh_token, proof } = stored.entry
  const first = await refresh(stored, { token: first_refresh_token as string })
  await pause()
  const latest = first instanceof AppError ? stored : first
  const current = await refresh(latest, { token: refresh_token as string })
  const rest = { first_active: null, not_asked: null, end: proof?.end ?? null }
  if (!(first instanceof AppError)) {
    const left = current instanceof AppError ? first : current
    return { stored: left, verdict: 'reusable', basis: 'tested', found: 'reuse_taken', ...rest }
  }
  if (!(current instanceof AppError)) {
    return { stored: current, verdict: 'one_time', basis: 'tested', found: 'reuse_refused', ...rest }
  }
  const dead = await refresher.markDead(stored, current)
  return { stored: dead, verdict: 'one_time', basis: 'tested', found: 'reuse_ended_grant', ...rest }
}
