import { median, ratios } from './statistics.js'

/**
 * @typedef {object} Row
 * @property {string} title
 * @property {string} unit
 * @property {{ at: string, ratio?: number, value?: number }} [goal] of the app: a ratio to the floor, or a plain value
 */

/** One row's values: by contestant, one a round. @typedef {{ row: Row, values: Record<string, number[]> }} Result */

/**
 * A Markdown table; what is below its goal is marked.
 * @param {Result[]} results
 * @param {import('./contestants.js').Contestant[]} contestants the first is judged by the second
 * @param {number | null} share where one goal is for all: the second's speed that the first must keep
 */
export function report(results, contestants, share) {
  const [judgedOne, base] = contestants
  const head = ['', ...contestants.map(({ title }) => title), 'first to second: median (min–max)', 'goal', '']
  const lines = results.map(({ row, values }) => [
    row.title,
    ...contestants.map(({ id }) => (values[id] ? `${number(median(values[id]))} ${row.unit}`.trim() : '–')),
    ...judged(share === null ? row : keeping(row, share), values[judgedOne?.id ?? ''], values[base?.id ?? '']),
  ])
  const table = [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...lines]
  return table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** @param {Row} row @param {number} share @returns {Row} */
const keeping = (row, share) =>
  row.goal?.ratio === undefined
    ? row
    : { ...row, goal: { at: row.goal.at, ratio: row.goal.at === '≥' ? share : 1 / share } }

/** @param {Row} row @param {number[]} [ours] @param {number[]} [base] */
function judged({ goal, unit }, ours = [], base = []) {
  const all = ratios(ours, base)
  const spread = all.length > 1 ? ` (${number(Math.min(...all))}–${number(Math.max(...all))})` : ''
  const shown = base.length > 0 ? `${number(median(all))}x${spread}` : '–'
  if (!goal) return [shown, '', '']
  const reached = goal.ratio === undefined ? median(ours) : median(all)
  const wanted = /** @type {number} */ (goal.ratio ?? goal.value)
  const met = goal.at === '≥' ? reached >= wanted : reached <= wanted
  const words = goal.ratio === undefined ? `${number(wanted)} ${unit}`.trim() : `${number(wanted)}x`
  return [shown, `${goal.at} ${words}`, met ? '' : '**below its goal**']
}

const number = (/** @type {number} */ value) =>
  value >= 100
    ? Math.round(value).toLocaleString('en-US')
    : value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
