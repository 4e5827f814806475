import type { Preset } from '../knowledge/presets/preset.js'
import { dateClaim, numericDate, readJwt } from '../provider/jwt.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { Entry } from './entry.js'

/** A known end, and who said it. */
export interface KnownEnd {
  /** Milliseconds since the epoch. */
  at: number
  source: NonNullable<Entry['refresh_token_expires_source']>
}

/**
 * When a refresh token ends, if anybody says so: the earliest of its own `exp`, `refresh_expires_in` (Keycloak) and
 * `refresh_token_expires_in` (GitHub). 0 says nothing of an end, and nothing of "never": `refresh_expires_in` is 0 for
 * offline tokens, and so was their `exp` in old Keycloaks.
 * @param now milliseconds since the epoch
 */
export function saidEnd(
  refreshToken: string | null,
  said: Pick<TokenAnswer, 'refresh_expires_in' | 'refresh_token_expires_in'>,
  now: number,
): KnownEnd | null {
  const ends = [
    known(dateClaim(readJwt(refreshToken), 'exp'), 'token'),
    known(said.refresh_expires_in && now + said.refresh_expires_in * 1000, 'answer'),
    known(said.refresh_token_expires_in && now + said.refresh_token_expires_in * 1000, 'answer'),
  ].filter((end) => end !== null)
  return ends.toSorted((a, b) => a.at - b.at)[0] ?? null
}

const known = (at: number | null, source: KnownEnd['source']): KnownEnd | null =>
  at !== null && isEnd(at) ? { at, source } : null

/** The end that a provider documents for a token that it issues now. */
export const documentedEnd = ({ endDays }: Pick<Preset, 'endDays'>, now: number): number | null =>
  endDays === undefined ? null : now + endDays * 86_400_000

/** What is known of the end of a token that was just issued, as an entry has it. */
export function endOfIssued(refreshToken: string, said: Parameters<typeof saidEnd>[1], preset: Preset, now: number) {
  return endPart(saidEnd(refreshToken, said, now) ?? known(documentedEnd(preset, now), 'documented'))
}

export const endPart = (
  end: KnownEnd | null,
): Pick<Entry, 'refresh_token_expires_at' | 'refresh_token_expires_source'> => ({
  refresh_token_expires_at: end?.at ?? null,
  refresh_token_expires_source: end?.source ?? null,
})

/** The end that introspection names (`exp`, RFC 7662 §2.2). */
export const introspectedEnd = (exp: unknown): KnownEnd | null => known(numericDate(exp), 'introspection')

/** Whether no end is known, of the newest token or of the one that was proven: each may have its own. */
export const lastsWithUse = ({ refresh_token_expires_at, proof }: Entry): boolean =>
  refresh_token_expires_at === null && !proof?.checks.some(({ id, result }) => id === 'lifetime' && result === 'warn')

const isEnd = (end: number) => end > 0
