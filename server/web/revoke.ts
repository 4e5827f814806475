import { type Reached, withReach } from '../proof/reach.js'
import type { StoredEntry } from '../tokens/entries.js'
import { sessionOf } from '../tokens/session-of.js'
import { presentToken } from '../tokens/usable-token.js'
import type { Site } from './site.js'

export interface Revocation {
  stored: StoredEntry
  reach: Reached[]
  /** Other strings of this entry whose revocation failed. */
  warnings: { id: string; message: string }[]
}

/** Revokes a token, and finds out what that did to the others of its list. One found dead is marked. */
export async function revokeWithReach(
  { provider, lists, refresher, now }: Pick<Site, 'provider' | 'lists' | 'refresher' | 'now'>,
  stored: StoredEntry,
): Promise<Revocation> {
  const current = presentToken(stored.entry)
  const all = (await lists.read(stored.list, 'all'))?.entries ?? []
  const others = all.filter((other) => mayEndWith(stored, other, provider.preset().revokesAllOfUser === true))
  const { done, reach } = await withReach(provider, current, others, () => refresher.revoke(stored))
  for (const { id, before, after } of reach) {
    const other = others.find((one) => one.id === id)
    if (!other || after !== 'dead') continue
    const found = { error: null, error_description: null, at: now() }
    // One that was dead before did not end with this revocation.
    const dead =
      before === 'alive'
        ? { reason: 'revoked' as const, ...found, with_another: true as const }
        : { reason: 'invalid_grant' as const, ...found }
    await refresher.change(other, (entry) => ({ ...entry, dead })).catch(() => {})
  }
  return { ...done, reach }
}

/** Whether revoking one may end the other: the same session at the provider, or the same person where the provider ends all. */
function mayEndWith(one: StoredEntry, other: StoredEntry, allOfUser: boolean): boolean {
  if (other.id === one.id || other.entry.dead || other.entry.refresh_token === null || other.entry.other_client)
    return false
  const session = sessionOf(one.entry)
  if (session !== null && session === sessionOf(other.entry)) return true
  const { subject } = one.entry.who
  return allOfUser && subject !== null && subject === other.entry.who.subject
}
