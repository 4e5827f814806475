/** Milliseconds that are left; at least one. */
export type TimeLeft = () => number

/** Milliseconds that a test may hold the lease. */
const TEST = 55_000
/** Each of its two token requests: what uses up a token must be waited for. */
const REQUEST = 25_000
/** Between the two, with something to spare. */
const BETWEEN = 2_000
const KEYS = 5_000

/** How a test's time is shared: two token requests have theirs, and the questions beside them what is left. */
export function createTestTime() {
  const deadline = performance.now() + TEST
  const timeLeft: TimeLeft = () => Math.max(1, deadline - performance.now())
  return {
    timeLeft,
    forRequest: () => Math.min(REQUEST, timeLeft()),
    /** @param uses token requests made so far: after the first, the second still needs its time */
    forKeys: (uses: number) => Math.max(1, Math.min(KEYS, timeLeft() - (uses === 1 ? REQUEST + BETWEEN : 0))),
  }
}
