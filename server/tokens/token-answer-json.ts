import type { TokenSet, Verdict } from './entry.js'
import { fingerprint } from './fingerprint.js'

/** The token answer of `GET /profile` and `POST /auth/refresh`: every member always there, times ISO 8601, null for unknown. */
export function tokenAnswerJson(tokens: TokenSet) {
  return {
    token_type: tokens.token_type,
    access_token: tokens.access_token,
    expires_in: tokens.expires_in,
    expires_at: iso(tokens.expires_at),
    refresh_token: tokens.refresh_token,
    refresh_token_changed: tokens.refresh_token_changed,
    refresh_token_expires_at: iso(tokens.refresh_token_expires_at),
    fingerprint: tokens.refresh_token === null ? null : fingerprint(tokens.refresh_token),
    scope: tokens.scope,
    refreshed_at: iso(tokens.refreshed_at),
    verdict: verdictOf(tokens),
  }
}

/** What is known of the token: a refused or revoked one is `invalid`, whatever a proof said before. */
export const verdictOf = (tokens: TokenSet): Verdict | null =>
  tokens.dead ? 'invalid' : (tokens.proof?.verdict ?? null)

export const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
