import type { StoredEntry } from './entries.js'
import type { Entry, Verdict } from './entry.js'
import { fingerprint } from './fingerprint.js'

/**
 * Writes the token answer of `GET /profile` and `POST /auth/refresh`: always every member, times in ISO 8601, null for unknown.
 * @param warnings from proof/warnings.ts
 * @param named the entry's names on the list; nothing without a session
 */
export function tokenAnswerJson(
  entry: Entry,
  warnings: { id: string; message: string }[],
  { id, label }: NamedEntry = { id: null, label: null },
) {
  return {
    id,
    label,
    token_type: entry.token_type,
    access_token: entry.access_token,
    expires_in: entry.expires_in,
    expires_at: iso(entry.expires_at),
    refresh_token: entry.refresh_token,
    refresh_token_changed: entry.refresh_token_changed,
    refresh_token_expires_at: iso(entry.refresh_token_expires_at),
    refresh_token_expires_source: entry.refresh_token_expires_source,
    fingerprint: entry.refresh_token === null ? null : fingerprint(entry.refresh_token),
    scope: entry.scope,
    refreshed_at: iso(entry.refreshed_at),
    verdict: verdictOf(entry),
    verdict_basis: basisOf(entry),
    remarks: entry.remarks,
    warnings,
  }
}

type NamedEntry = { [Name in 'id' | 'label']: StoredEntry[Name] | null }

/** Returns the verdict: a refused or revoked token is `invalid`, whatever an earlier test found. */
export const verdictOf = (entry: Entry): Verdict | null => (entry.dead ? 'invalid' : (entry.proof?.verdict ?? null))

/** Returns how we know the verdict. A dead token counts as tested: the provider refused it. */
export const basisOf = (entry: Entry): 'tested' | 'documented' | null =>
  entry.dead ? 'tested' : (entry.proof?.basis ?? null)

export const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
