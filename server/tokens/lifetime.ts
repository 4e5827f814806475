import type { Preset } from '../knowledge/presets/preset.js'
import { dateClaim, numericDate, readJwt } from '../provider/jwt.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { Entry } from './entry.js'

/**
 * When a refresh token ends, if anybody says so: the earliest of its own `exp`, `refresh_expires_in` (Keycloak) and
 * `refresh_token_expires_in` (GitHub). 0 says nothing of an end, and nothing of "never": `refresh_expires_in` is 0 for
 * offline tokens, and so was their `exp` in old Keycloaks.
 * @param now milliseconds since the epoch; the answer is too.
 */
export function refreshTokenEnd(
  refreshToken: string | null,
  said: Pick<TokenAnswer, 'refresh_expires_in' | 'refresh_token_expires_in'>,
  now: number,
): number | null {
  const ends = [
    dateClaim(readJwt(refreshToken), 'exp'),
    said.refresh_expires_in && now + said.refresh_expires_in * 1000,
    said.refresh_token_expires_in && now + said.refresh_token_expires_in * 1000,
  ].filter((end): end is number => isEnd(end))
  return ends.length > 0 ? Math.min(...ends) : null
}

/** The end that a provider documents for a token that it issues now. */
export const documentedEnd = ({ endDays }: Pick<Preset, 'endDays'>, now: number): number | null =>
  endDays === undefined ? null : now + endDays * 86_400_000

/** The end that introspection names (`exp`, RFC 7662 §2.2), in milliseconds since the epoch. */
export function introspectedEnd(exp: unknown): number | null {
  const end = numericDate(exp)
  return isEnd(end) ? end : null
}

/** Whether no end is known, of the newest token or of the one that was proven: each may have its own. */
export const lastsWithUse = ({ refresh_token_expires_at, proof }: Entry): boolean =>
  refresh_token_expires_at === null && !proof?.checks.some(({ id, result }) => id === 'lifetime' && result === 'warn')

const isEnd = (end: number | null) => end !== null && end > 0
