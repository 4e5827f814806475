import type { TokenAnswer } from '../provider/token-answer.js'
import { dateClaim, readJwt } from './jwt.js'

/**
 * When a refresh token ends, if anybody says so: the earliest of its own `exp`, `refresh_expires_in` above 0 (Keycloak) and
 * `refresh_token_expires_in` (GitHub). `refresh_expires_in: 0` says nothing of an end, and nothing of "never".
 * @param now milliseconds since the epoch; the answer is too.
 */
export function refreshTokenEnd(
  refreshToken: string | null,
  said: Pick<TokenAnswer, 'refresh_expires_in' | 'refresh_token_expires_in'>,
  now: number,
): number | null {
  const ends = [
    dateClaim(readJwt(refreshToken), 'exp'),
    said.refresh_expires_in ? now + said.refresh_expires_in * 1000 : null,
    said.refresh_token_expires_in === null ? null : now + said.refresh_token_expires_in * 1000,
  ].filter((end) => end !== null)
  return ends.length > 0 ? Math.min(...ends) : null
}
