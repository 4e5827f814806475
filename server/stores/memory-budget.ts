import { AppError } from '../errors.js'

/** Counts the characters of all values that this process keeps. */
export interface MemoryBudget {
  /** @param by negative where something goes. @throws AppError `store_unavailable` where too much would come */
  change(by: number): void
}

/** The most characters of all values. We never drop a token for another one, so beyond this number we refuse new ones. */
const CHARACTERS_AT_MOST = 128 * 1024 * 1024

export function createMemoryBudget(atMost = CHARACTERS_AT_MOST): MemoryBudget {
  let used = 0
  return {
    change(by) {
      if (by > 0 && used + by > atMost) {
        throw new AppError('store_unavailable', 'This process has no memory for more tokens.', {
          hint: 'Sign out of sessions that you no longer need, or set REDIS_URL.',
        })
      }
      used += by
    },
  }
}
