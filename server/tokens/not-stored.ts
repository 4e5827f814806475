import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../errors.js'

const SAVES_AT_MOST = 3
/** With the second that the store may take to say nothing, an answer still goes out within a second and a half. */
const BETWEEN_SAVES = 100

/** Tries a save up to three times: what the provider has given can't be asked for again. */
export async function insist<T>(save: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await save()
    } catch (error) {
      if (attempt === SAVES_AT_MOST || (error as AppError).code !== 'store_unavailable') throw error
      await pause(attempt * BETWEEN_SAVES)
    }
  }
}

/** The provider has given a token and the store did not take it: the answer carries it, once, rather than lose it. */
export function notStored(refreshToken: string | null, cause: unknown): AppError {
  return new AppError('store_unavailable', 'The provider gave a new token, and our store did not take it.', {
    hint:
      refreshToken === null
        ? 'Nothing is lost: the refresh token stays the same. Try again in a moment.'
        : 'Copy this refresh token now: it is shown this once, and the one before it may be dead.',
    extra: { refresh_token: refreshToken, stored: false },
    retryAfter: 2,
    cause,
  })
}
