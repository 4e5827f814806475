import { setTimeout } from 'node:timers/promises'

/**
 * Waits so many milliseconds. With `ref: false` the process may end in the meantime.
 *
 * @param {number} milliseconds
 * @param {{ ref?: boolean }} [options]
 */
export const pause = (milliseconds, { ref = true } = {}) => setTimeout(milliseconds, undefined, { ref })

/**
 * Waits until something holds, and fails with its name when it doesn't in time. Prefer it to `pause`: a busy machine is slow.
 *
 * @param {string} what
 * @param {() => unknown} holds asked again and again; may be asynchronous
 * @param {{ within?: number, every?: number }} [times] in milliseconds
 * @returns {Promise<number>} how long it took, in milliseconds
 */
export async function until(what, holds, { within = 30_000, every = 50 } = {}) {
  const began = performance.now()
  while (!(await holds())) {
    if (performance.now() - began > within) throw new Error(`after ${within / 1000} s still not: ${what}`)
    await pause(every)
  }
  return performance.now() - began
}
