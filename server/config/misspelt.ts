import { OPTIONS, type Option } from './options.js'
import type { Problem } from './problem.js'
import type { Environment } from './read-settings.js'

const OWN = Object.entries(OPTIONS).filter(([, option]: [string, Option<unknown>]) => !option.common)
const NAMES = OWN.flatMap(([name, option]: [string, Option<unknown>]) =>
  option.secret ? [name, `${name}_FILE`] : [name],
)

/** Words of their own, one letter away from PORT and HOST. */
const OTHER_WORDS = ['POST', 'PORTS', 'HOSTS', 'GHOST', 'SORT', 'COST', 'FORT', 'PART', 'MOST', 'LOST']

/** Variables that are almost ours. Their values are not shown: a misspelt secret is a secret. */
export function misspelt(env: Environment): Problem[] {
  return Object.keys(env).flatMap((name) => {
    const meant = env[name] && nearest(name)
    if (!meant || (env[meant] && meant === name.toUpperCase())) return []
    return [
      { name, problem: `is no setting, and ${meant} is`, cure: `Did you mean ${meant}? Rename it, or unset ${name}.` },
    ]
  })
}

function nearest(name: string): string | undefined {
  if (NAMES.includes(name) || OTHER_WORDS.includes(name)) return undefined
  return NAMES.map((known) => ({ known, distance: distance(name, known) }))
    .filter(({ known, distance }) => distance <= slack(known))
    .sort((a, b) => a.distance - b.distance)[0]?.known
}

/** How many slips a name of this length may have and still be recognised: HOME is not HOST, REDIS_URI is REDIS_URL. */
function slack(known: string): number {
  return known.length > 4 ? 2 : 1
}

/** Letters added, left out, replaced or swapped with their neighbour (optimal string alignment); case counts only in short names. */
function distance(typed: string, known: string): number {
  if (Math.abs(typed.length - known.length) > 2) return Number.POSITIVE_INFINITY
  const a = known.length > 4 ? typed.toUpperCase() : typed
  const rows: number[][] = [Array.from({ length: known.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= known.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === known[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === known[j - 2] && a[i - 2] === known[j - 1] ? at(i - 2, j - 2) + 1 : replaced
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, swapped))
    }
  }
  return at(a.length, known.length)
}
