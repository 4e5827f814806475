import type { Config } from '../config/config.js'
import type { Preset } from '../knowledge/presets/preset.js'

/** Names the provider on a page. */
export const providerName = (config: Config, preset: Preset): string =>
  config.demo ? 'the demo provider' : preset.name

/** A moment on a page: in words, with the exact time in a tooltip. */
export interface Moment {
  /** ISO 8601, UTC. */
  iso: string
  /** The same for people: `2026-03-01 12:00:05 UTC`. */
  exact: string
  /** As seen from now: "in 4 minutes", "3 days ago". */
  words: string
}

const UNITS: [string, number][] = [
  ['years', 365 * 86_400_000],
  ['months', 30 * 86_400_000],
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
  ['seconds', 1_000],
]

/** Both in milliseconds since the epoch; null stays null. */
export function moment(time: number | null, now: number): Moment | null {
  if (time === null || Number.isNaN(new Date(time).getTime())) return null
  const iso = new Date(time).toISOString()
  return { iso, exact: `${iso.slice(0, 19).replace('T', ' ')} UTC`, words: inWords(time - now) }
}

/** Intl.RelativeTimeFormat would say the same, and take 8 MiB of memory for it. */
function inWords(difference: number): string {
  // Up to one and a half of a unit the next smaller one says more ("90 seconds", "36 hours"), so there is never a single one.
  const [units, length] = UNITS.find(([, length]) => Math.abs(difference) >= length * 1.5) ?? ['seconds', 1_000]
  const count = Math.abs(Math.round(difference / length))
  if (units === 'seconds' && count < 5) return 'just now'
  return difference > 0 ? `in ${count} ${units}` : `${count} ${units} ago`
}
