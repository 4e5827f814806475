/** @param {number[]} values at least one */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = /** @type {number} */ (sorted[middle])
  return sorted.length % 2 === 1 ? upper : (upper + /** @type {number} */ (sorted[middle - 1])) / 2
}

/** Ratios of turns that stood next to each other: what disturbed the machine disturbed both. */
export function ratios(/** @type {number[]} */ ours, /** @type {number[]} */ floor) {
  return ours.map((value, round) => value / /** @type {number} */ (floor[round]))
}
