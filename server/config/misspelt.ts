import { isSetting, OPTIONS, type Option } from './options.js'
import type { Problem } from './problem.js'
import type { Environment } from './read-settings.js'

/** Names with these prefixes are ours. Any other name may belong to another program, even if it looks like a setting. */
const OURS = /^(?:OAUTH2|SESSION)_/i
const SLIPS_AT_MOST = 2

const NAMES = Object.entries(OPTIONS)
  .flatMap(([name, option]: [string, Option<unknown>]) => (option.secret ? [name, `${name}_FILE`] : [name]))
  .filter((name) => OURS.test(name))

/** Finds variables that are almost settings. Their values are not shown: a misspelt secret is a secret. */
export function misspelt(env: Environment): Problem[] {
  return Object.keys(env).flatMap((name) => {
    const meant = env[name] && nearest(name)
    if (!meant || (env[meant] && meant === name.toUpperCase())) return []
    return [
      {
        name,
        problem: `is not a setting, but ${meant} is`,
        cure: `Did you mean ${meant}? Rename it, or unset ${name}.`,
      },
    ]
  })
}

function nearest(name: string): string | undefined {
  if (isSetting(name) || !OURS.test(name)) return undefined
  return NAMES.map((known) => ({ known, distance: distance(name.toUpperCase(), known) }))
    .filter(({ distance }) => distance <= SLIPS_AT_MOST)
    .sort((a, b) => a.distance - b.distance)[0]?.known
}

/** Counts letters added, left out, replaced or swapped with their neighbour (optimal string alignment). */
function distance(typed: string, known: string): number {
  if (Math.abs(typed.length - known.length) > SLIPS_AT_MOST) return Number.POSITIVE_INFINITY
  const rows: number[][] = [Array.from({ length: known.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= typed.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= known.length; j++) {
      const replaced = at(i - 1, j - 1) + (typed[i - 1] === known[j - 1] ? 0 : 1)
      const swapped = typed[i - 1] === known[j - 2] && typed[i - 2] === known[j - 1] ? at(i - 2, j - 2) + 1 : replaced
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, swapped))
    }
  }
  return at(typed.length, known.length)
}
