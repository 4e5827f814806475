import { AppError } from '../errors.js'
import { readJwt } from '../provider/jwt.js'
import type { Provider } from '../provider/provider.js'
import type { StoredEntry } from '../tokens/entries.js'
import type { Entry, Found, Proof } from '../tokens/entry.js'
import type { Refresher, RefreshOnce } from '../tokens/refresh.js'
import type { TimeLeft } from '../tokens/test-time.js'
import { whoFrom } from '../tokens/who.js'
import { inTime } from './introspection.js'

/** What a test has seen, and the entry as it left it. */
export type Outcome = Omit<Proof, 'proved_at'> & { stored: StoredEntry }

/** One refresh of a test, with the access token used once; an error only where the token is dead. */
export type RefreshForTest = (
  stored: StoredEntry,
  how?: { token?: string; timeLeft?: TimeLeft },
) => Promise<StoredEntry | AppError>

/** Makes a refresh that tells "dead" from everything else that can go wrong, and then uses the access token once. */
export function tryRefresh(
  provider: Provider,
  refresher: Refresher,
  refreshOnce: RefreshOnce,
  inAll: TimeLeft,
): RefreshForTest {
  return async (stored, { token, timeLeft = inAll } = {}) => {
    let fresh: StoredEntry
    try {
      fresh = await refreshOnce(stored, token === undefined ? {} : { token })
    } catch (error) {
      if (error instanceof AppError && error.code === 'invalid_grant') return error
      throw error
    }
    const { access_token } = fresh.entry
    if (access_token === null) return fresh
    // Some providers (Doorkeeper) end the replaced token only when the new access token is used.
    const said = await provider.userInfo(access_token, inTime(timeLeft)).catch(() => null)
    return fresh.entry.who_claimed ? refresher.change(fresh, (entry) => named(entry, said)) : fresh
  }
}

/** The name of a pasted token comes from what the provider gave for it, never from the token itself. */
function named(entry: Entry, userInfo: Record<string, unknown> | null): Entry {
  const claims = readJwt(entry.access_token)?.claims ?? {}
  const who = whoFrom({ ...claims, ...userInfo })
  const { who_claimed: _, ...rest } = entry
  return who.username === null && who.subject === null && who.email === null ? entry : { ...rest, who }
}

/** The outcome of a test whose token the provider calls dead. */
export const refusedAt = (stored: StoredEntry, found: Found): Outcome => ({
  stored,
  verdict: 'invalid',
  basis: 'tested',
  found,
  first_active: null,
  not_asked: null,
  end: null,
})
