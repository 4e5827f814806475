import { median, ratios } from './statistics.js'

/**
 * Less of the other contestant's value than this is the goal.
 * @typedef {{ to: string, ratio: number }} Goal
 */

/**
 * @typedef {object} Row
 * @property {string} title
 * @property {string} unit less is better
 * @property {Goal} [goal]
 * @property {Goal} [inRedis] the goal where the sessions are in Redis
 */

/** One row's values: by contestant, one a round. @typedef {{ row: Row, values: Record<string, number[]> }} Result */

/**
 * A Markdown table; what misses its goal is marked.
 * @param {Result[]} results
 * @param {import('./contestants.js').Contestant[]} contestants goals are for the first
 * @param {boolean} redis
 */
export function report(results, contestants, redis) {
  const [first] = contestants
  const titles = new Map(contestants.map(({ id, title }) => [id, title]))
  const head = ['', ...titles.values(), 'goal', 'median ratio (min–max)', '']
  const lines = results.map(({ row, values }) => {
    const shown = contestants.map(({ id }) => (values[id] ? `${number(median(values[id]))} ${row.unit}`.trim() : '–'))
    const goal = redis ? row.inRedis : row.goal
    if (goal === undefined) return [row.title, ...shown, '', '', '']
    const all = ratios(values[first?.id ?? ''] ?? [], values[goal.to] ?? [])
    const spread = `${number(median(all))}x (${number(Math.min(...all))}–${number(Math.max(...all))})`
    const missed = median(all) <= goal.ratio ? '' : '**misses its goal**'
    return [row.title, ...shown, `≤ ${goal.ratio}x ${titles.get(goal.to)}`, spread, missed]
  })
  const table = [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...lines]
  return table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

const number = (/** @type {number} */ value) =>
  value >= 100
    ? Math.round(value).toLocaleString('en-US')
    : value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
