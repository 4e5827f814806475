const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A moment as people say it: "in 30 minutes (10:07 UTC)", "in 12 days (8 December)". Never a bare date that is today. */
export function inWords(at: number, now: number): string {
  const left = at - now
  if (left < 0) return `${span(-left)} ago (${close(-left) ? clock(at, now) : day(at, now)})`
  return close(left) ? `in ${span(left)} (${clock(at, now)})` : `in ${span(left)} (${day(at, now)})`
}

/** The same as the end of a sentence: "on 8 December", or within two days "in 30 minutes (10:07 UTC)". */
export const onDay = (at: number, now: number): string =>
  close(Math.abs(at - now)) ? inWords(at, now) : `on ${day(at, now)}`

/** A length of time: "45 seconds", "30 minutes", "36 hours", "30 days". */
export function span(milliseconds: number): string {
  const [name, unit] = UNITS.find(([, unit]) => milliseconds >= 2 * unit) ?? (['second', 1_000] as const)
  const count = Math.max(0, Math.round(milliseconds / unit))
  return `${count} ${name}${count === 1 ? '' : 's'}`
}

const UNITS: [string, number][] = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
]

/** Within two days people need the hour. */
const close = (difference: number) => difference < 2 * DAY

const MONTHS = 'January February March April May June July August September October November December'.split(' ')

/** "8 December", with the year where it is another one. */
function day(at: number, now: number): string {
  const date = new Date(at)
  const year = date.getUTCFullYear()
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}${year === new Date(now).getUTCFullYear() ? '' : ` ${year}`}`
}

/** "10:07 UTC", with the day where it is another one. */
function clock(at: number, now: number): string {
  const time = `${new Date(at).toISOString().slice(11, 16)} UTC`
  return Math.floor(at / DAY) === Math.floor(now / DAY) ? time : `${day(at, now)}, ${time}`
}
