import type { Preset } from '../knowledge/presets/preset.js'
import { dateClaim, numericDate, readJwt } from '../provider/jwt.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { EndSource, Entry } from './entry.js'

/** A known end of a refresh token, in milliseconds since the epoch, with its source. */
export interface End {
  at: number
  source: EndSource
}

type Said = Pick<TokenAnswer, 'refresh_expires_in' | 'refresh_token_expires_in'>

const DAY = 86_400_000

/**
 * Finds when a refresh token ends, if the token or its answer says so: the earliest of its own `exp`, `refresh_expires_in` (Keycloak)
 * and `refresh_token_expires_in` (GitHub, Google). 0 does not mean "never": `refresh_expires_in` is 0 for offline tokens, and so was
 * their `exp` in old Keycloaks.
 * @param now milliseconds since the epoch
 */
export function refreshTokenEnd(refreshToken: string | null, said: Said, now: number): End | null {
  const ends: { at: number | null; source: EndSource }[] = [
    { at: dateClaim(readJwt(refreshToken), 'exp'), source: 'token' },
    { at: inSeconds(said.refresh_expires_in, now), source: 'answer' },
    { at: inSeconds(said.refresh_token_expires_in, now), source: 'answer' },
  ]
  return ends.filter((end): end is End => isEnd(end.at)).sort((a, b) => a.at - b.at)[0] ?? null
}

const inSeconds = (seconds: number | null, now: number) => (seconds ? now + seconds * 1000 : null)

/**
 * Calculates the end that the provider documents.
 * @param signedInAt null if unknown, as for a pasted token
 * @param issuedAt when the current token was issued; null if unknown
 */
export function documentedEnd(
  { end }: Pick<Preset, 'end'>,
  signedInAt: number | null,
  issuedAt: number | null,
): End | null {
  const from = end?.from === 'sign_in' ? signedInAt : issuedAt
  return end === undefined || from === null ? null : { at: from + end.days * DAY, source: 'documented' }
}

/** Reads the end from introspection (`exp`, RFC 7662 §2.2), in milliseconds since the epoch. */
export function introspectedEnd(exp: unknown): number | null {
  const end = numericDate(exp)
  return isEnd(end) ? end : null
}

/** Writes an end as the entry's members. */
export const endFields = (
  end: End | null,
): Pick<Entry, 'refresh_token_expires_at' | 'refresh_token_expires_source'> => ({
  refresh_token_expires_at: end?.at ?? null,
  refresh_token_expires_source: end?.source ?? null,
})

/** Returns the known end of the entry's current token. */
export function knownEnd({ refresh_token_expires_at: at, refresh_token_expires_source: source }: Entry): End | null {
  return at === null || source === null ? null : { at, source }
}

/** Finds the end after a refresh: from this answer, else what we knew about the same token, else what the provider documents. */
export function endAfterRefresh(entry: Entry, current: string, answer: Said, preset: Preset, now: number): End | null {
  const said = refreshTokenEnd(current, answer, now)
  if (said) return said
  if (current === entry.refresh_token) return knownEnd(entry) ?? documentedEnd(preset, signedInAt(entry), null)
  return documentedEnd(preset, signedInAt(entry), now)
}

/** Returns when this grant began, if it was a sign-in here. */
const signedInAt = ({ origin, minted_at }: Entry): number | null => (origin === 'sign_in' ? minted_at : null)

/**
 * Calculates the date before which the token must be used again: the idle limit that the provider documents, counted from the last use
 * that we know. Null if there is no documented limit, if the last use is unknown, or if the token ends earlier.
 */
export function useBefore(entry: Entry, { idle }: Pick<Preset, 'idle'>): number | null {
  const { refresh_token, dead, refreshed_at, refresh_token_expires_at: end } = entry
  const used = refreshed_at ?? signedInAt(entry)
  if (refresh_token === null || dead || idle === undefined || used === null) return null
  const date = used + idle.days * DAY
  return end !== null && end <= date ? null : date
}

const isEnd = (end: number | null) => end !== null && end > 0
