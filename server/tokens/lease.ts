import { randomBytes } from 'node:crypto'
import { AppError } from '../errors.js'
import type { Records } from '../stores/records.js'

const LASTS = 15_000
const RENEWED_EVERY = 5_000
const WAITS_AT_MOST = 12_000
const ASKS_EVERY = 50

/**
 * Runs `work` while nobody else, in this process or another, works under the same lease. It is renewed as long as the work
 * takes, and ends by itself 15 s after a holder has died.
 * @throws AppError `refresh_in_progress` when another holder keeps it for more than 12 s.
 */
export async function withLease<T>(records: Records, key: string, work: () => Promise<T>): Promise<T> {
  const holder = randomBytes(16).toString('base64url')
  await wait(records, key, holder)
  const renewal = setInterval(() => void records.renew(key, holder, LASTS).catch(() => {}), RENEWED_EVERY)
  try {
    return await work()
  } finally {
    clearInterval(renewal)
    // A store that is down gives the lease back by itself: it ends.
    await records.release(key, holder).catch(() => {})
  }
}

async function wait(records: Records, key: string, holder: string): Promise<void> {
  const giveUp = performance.now() + WAITS_AT_MOST
  while (!(await records.acquire(key, holder, LASTS))) {
    if (performance.now() > giveUp) {
      throw new AppError('refresh_in_progress', 'Another request is using this refresh token, and takes too long.', {
        hint: 'Wait a moment and load the page again: it shows the newest token.',
        retryAfter: 5,
      })
    }
    await new Promise((resolve) => setTimeout(resolve, ASKS_EVERY + Math.random() * ASKS_EVERY))
  }
}
