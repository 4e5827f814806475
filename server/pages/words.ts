import type { Config } from '../config.js'
import type { Preset } from '../provider/presets/preset.js'

/** How a page calls the provider. */
export const providerName = (config: Config, preset: Preset): string =>
  config.demo ? 'the demo provider' : preset.name

/** A moment as a page tells it: in words, with the exact time for whoever points at it. */
export interface Moment {
  /** ISO 8601, UTC. */
  iso: string
  /** The same for people: `2026-03-01 12:00:05 UTC`. */
  exact: string
  /** As seen from now: "in 4 minutes", "3 days ago". */
  words: string
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
]

const relative = new Intl.RelativeTimeFormat('en')

/** Both in milliseconds since the epoch; null stays null. */
export function moment(time: number | null, now: number): Moment | null {
  if (time === null || Number.isNaN(new Date(time).getTime())) return null
  const iso = new Date(time).toISOString()
  return { iso, exact: `${iso.slice(0, 19).replace('T', ' ')} UTC`, words: inWords(time - now) }
}

function inWords(difference: number): string {
  // Up to one and a half of a unit the next smaller one says more: "90 seconds", "36 hours".
  const [unit, length] = UNITS.find(([, length]) => Math.abs(difference) >= length * 1.5) ?? ['second', 1_000]
  const count = Math.round(difference / length)
  return unit === 'second' && Math.abs(count) < 5 ? 'just now' : relative.format(count, unit)
}
