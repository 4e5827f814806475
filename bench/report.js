import { CONTESTANTS } from './contestants.js'
import { median, ratios } from './statistics.js'

/**
 * @typedef {object} Row
 * @property {string} title
 * @property {string} unit
 * @property {{ at: string, ratio?: number, value?: number }} [goal] of the app: a ratio to the floor, or a plain value
 */

/** One row's values: by contestant, one a round. @typedef {{ row: Row, values: Record<string, number[]> }} Result */

/** A Markdown table; what is below its goal is marked. @param {Result[]} results */
export function report(results) {
  const head = ['', ...CONTESTANTS.map(({ title }) => title), 'app to floor: median (min–max)', 'goal', '']
  const lines = results.map(({ row, values }) => [
    row.title,
    ...CONTESTANTS.map(({ id }) => (values[id] ? `${number(median(values[id]))} ${row.unit}`.trim() : '–')),
    ...judged(row, values),
  ])
  const table = [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...lines]
  return table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** @param {Row} row @param {Record<string, number[]>} values */
function judged({ goal, unit }, { app = [], floor = [] }) {
  const all = ratios(app, floor)
  const spread = all.length > 1 ? ` (${number(Math.min(...all))}–${number(Math.max(...all))})` : ''
  const shown = floor.length > 0 ? `${number(median(all))}x${spread}` : '–'
  if (!goal) return [shown, '', '']
  const reached = goal.ratio === undefined ? median(app) : median(all)
  const wanted = /** @type {number} */ (goal.ratio ?? goal.value)
  const met = goal.at === '≥' ? reached >= wanted : reached <= wanted
  const words = goal.ratio === undefined ? `${number(wanted)} ${unit}`.trim() : `${wanted.toFixed(1)}x`
  return [shown, `${goal.at} ${words}`, met ? '' : '**below its goal**']
}

const number = (/** @type {number} */ value) =>
  value >= 100
    ? Math.round(value).toLocaleString('en-US')
    : value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
