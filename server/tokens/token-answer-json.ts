import type { StoredEntry } from './entries.js'
import type { Entry, Verdict } from './entry.js'
import { fingerprint } from './fingerprint.js'

/**
 * The token answer of `GET /profile` and `POST /auth/refresh`: every member always there, times ISO 8601, null for unknown.
 * @param warnings those of proof/warnings.ts
 * @param named what its session calls it; nothing where there is no session
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

/** What is known of the token: a refused or revoked one is `invalid`, whatever a proof said before. */
export const verdictOf = (entry: Entry): Verdict | null => (entry.dead ? 'invalid' : (entry.proof?.verdict ?? null))

/** How the verdict is known; a dead token was refused when it was sent. */
export const basisOf = (entry: Entry): 'tested' | 'documented' | null =>
  entry.dead ? 'tested' : (entry.proof?.basis ?? null)

export const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
