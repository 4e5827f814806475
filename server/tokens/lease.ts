import { randomBytes } from 'node:crypto'
import { AppError } from '../errors.js'
import type { Records } from '../stores/records.js'

const LASTS = 15_000
const RENEWED_EVERY = 5_000
/** Longer than a token request may take. */
const WAITS_AT_MOST = 32_000
const ASKS_EVERY = 50

/** The right to use a token, for as long as it lasts. */
export interface Lease {
  /**
   * Asked right before each use: a process that stood still for longer than its lease lasts, or whose lease the store has lost, finds
   * that the token may be somebody else's by now.
   * @throws AppError `refresh_in_progress`
   */
  check(): void
}

/**
 * Runs `work` while nobody else, in this process or another, works under the same lease. It is renewed as long as the work
 * takes, and ends by itself 15 s after a holder has died.
 * @param unfinished asked when the work has ended: what it has left to be done, if anything, keeps the lease until then
 * @throws AppError `refresh_in_progress` when another holder keeps it for more than 32 s.
 */
export async function withLease<T>(
  records: Records,
  key: string,
  work: (lease: Lease) => Promise<T>,
  unfinished: () => Promise<void> | null = () => null,
): Promise<T> {
  const holder = randomBytes(16).toString('base64url')
  let heldUntil = await wait(records, key, holder)
  const renew = async () => {
    const asked = performance.now()
    heldUntil = (await records.renew(key, holder, LASTS)) ? asked + LASTS : 0
  }
  const renewal = setInterval(() => void renew().catch(() => {}), RENEWED_EVERY).unref()
  const giveBack = () => {
    clearInterval(renewal)
    // A store that is down gives the lease back by itself: it ends.
    return records.release(key, holder).catch(() => {})
  }
  try {
    return await work({
      check() {
        // With a good part of it left: what is sent now has yet to arrive.
        if (performance.now() > heldUntil - RENEWED_EVERY) throw inProgress('This request was held up for too long.')
      },
    })
  } finally {
    const end = unfinished()
    if (end === null) await giveBack()
    else void end.then(giveBack)
  }
}

/** @returns until when it is held, by `performance.now()`: counted from the question, for the answer may lie around unread. */
async function wait(records: Records, key: string, holder: string): Promise<number> {
  const giveUp = performance.now() + WAITS_AT_MOST
  for (;;) {
    const asked = performance.now()
    if (await records.acquire(key, holder, LASTS)) return asked + LASTS
    if (asked > giveUp) throw inProgress('Another request is using this refresh token, and takes too long.')
    await new Promise((resolve) => setTimeout(resolve, ASKS_EVERY + Math.random() * ASKS_EVERY))
  }
}

const inProgress = (detail: string) =>
  new AppError('refresh_in_progress', detail, {
    hint: 'Wait a moment and load the page again: it shows the newest token.',
    retryAfter: 5,
  })
