import { randomBytes } from 'node:crypto'
import { AppError } from '../errors.js'
import type { Records } from '../stores/records.js'

const LASTS = 15_000
const RENEWED_EVERY = 5_000
/** Longer than a token request can take. */
const WAITS_AT_MOST = 32_000
const ASKS_EVERY = 50

/** The right to use a token for some time. */
export interface Lease {
  /**
   * Checks the lease right before each use. If this process stood still for too long, or the store lost the lease, another process
   * may be using the token.
   * @throws AppError `refresh_in_progress`
   */
  check(): void
}

/**
 * Runs `work` while no other request, in this process or another, has the same lease. The lease is renewed until the work ends. If
 * the process dies, the lease expires after 15 s.
 * @param unfinished returns what the work still has to do: the lease is kept until then
 * @throws AppError `refresh_in_progress` if another holder keeps it for more than 32 s.
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
    // If the store is down, the lease expires.
    return records.release(key, holder).catch(() => {})
  }
  try {
    return await work({
      check() {
        // Enough time must be left for the request to arrive.
        if (performance.now() > heldUntil - RENEWED_EVERY) throw inProgress('This request had to wait for too long.')
      },
    })
  } finally {
    const end = unfinished()
    if (end === null) await giveBack()
    else void end.then(giveBack)
  }
}

/** @returns the end of the lease, by `performance.now()`. It counts from the request, because the answer may wait unread. */
async function wait(records: Records, key: string, holder: string): Promise<number> {
  const giveUp = performance.now() + WAITS_AT_MOST
  for (;;) {
    const asked = performance.now()
    if (await records.acquire(key, holder, LASTS)) return asked + LASTS
    if (asked > giveUp) throw inProgress('Another request is using this refresh token and takes too long.')
    await new Promise((resolve) => setTimeout(resolve, ASKS_EVERY + Math.random() * ASKS_EVERY))
  }
}

const inProgress = (detail: string) =>
  new AppError('refresh_in_progress', detail, {
    hint: 'Wait a moment and load the page again: it shows the current token.',
    retryAfter: 5,
  })
