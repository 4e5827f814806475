import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../errors.js'

const SAVES_AT_MOST = 3
/** Pauses between tries. Together with the store's timeout of a second, an answer still goes out within a second and a half. */
const BETWEEN_SAVES = 100

/** Tries to save up to three times, because we can't ask the provider for the token again. */
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

/** Puts a token that the store could not save into the error, so that the person gets it once and it is not lost. */
export function notStored(refreshToken: string | null, cause: unknown): AppError {
  return new AppError('store_unavailable', 'The provider gave a new token, and we could not save it.', {
    hint:
      refreshToken === null
        ? 'You lost nothing: the refresh token stays the same. Try again in a moment.'
        : 'Copy this refresh token now: we show it only once, and the one before it may be dead.',
    extra: { refresh_token: refreshToken, stored: false },
    retryAfter: 2,
    cause,
  })
}
