/** The remaining milliseconds; at least one. */
export type TimeLeft = () => number

/** How long a test can hold the lease, in milliseconds. */
const TEST = 55_000
/** The time of each of the two token requests. They get the most time, because they use up a token. */
const REQUEST = 25_000
/** The time between the two, with some reserve. */
const BETWEEN = 2_000
const KEYS = 5_000

/** Divides a test's time: the two token requests have a fixed time, the other requests get what remains. */
export function createTestTime() {
  const deadline = performance.now() + TEST
  const timeLeft: TimeLeft = () => Math.max(1, deadline - performance.now())
  return {
    timeLeft,
    forRequest: () => Math.min(REQUEST, timeLeft()),
    /** @param uses token requests so far: after the first, the second still needs its time */
    forKeys: (uses: number) => Math.max(1, Math.min(KEYS, timeLeft() - (uses === 1 ? REQUEST + BETWEEN : 0))),
  }
}
