import type { Preset } from '../knowledge/presets/preset.js'
import type { Entry } from '../tokens/entry.js'
import { fingerprint } from '../tokens/fingerprint.js'
import { useBefore } from '../tokens/lifetime.js'

/** A calendar entry: the date before which the token must be used, or a new one minted. */
export interface Reminder {
  /** Milliseconds since the epoch. */
  at: number
  summary: string
  description: string
  /** Names the entry, so that a later download replaces it. */
  uid: string
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** null where no date is known (no known end, no documented idle limit), or where it is past. */
export function reminderOf(entry: Entry, preset: Preset, now: number, label: string | null = null): Reminder | null {
  const { refresh_token, refresh_token_expires_at: end } = entry
  if (refresh_token === null || entry.dead) return null
  const uid = `${fingerprint(entry.first_refresh_token ?? refresh_token)}@offline-token-mint`
  const name = `refresh token ${label === null ? '' : `of ${label} `}${fingerprint(refresh_token)}`
  if (end !== null && end > now) {
    return entry.proof?.end?.moves
      ? {
          at: end,
          uid,
          summary: `Last moment to use the ${name}`,
          description: `Unless a device has refreshed it since, this refresh token from ${preset.name} ends now.`,
        }
      : {
          at: end,
          uid,
          summary: `Mint a new token to replace the ${name}`,
          description: `This refresh token from ${preset.name} ends now.`,
        }
  }
  const at = useBefore(entry, preset)
  if (at === null || at <= now) return null
  const days = `${preset.idle?.by === 'default' ? 'by default ' : ''}${preset.idle?.days} days`
  return {
    at,
    uid,
    summary: `Last moment to use the ${name}`,
    description: `Unless a device has used it since, this refresh token from ${preset.name} has been unused for ${days} and ends. ${preset.lifetime}`,
  }
}

/** RFC 5545: one entry, with an alarm before and one at the time. `now` in milliseconds since the epoch. */
export function calendar(reminder: Reminder, now: number): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Offline Token Mint//EN',
    'BEGIN:VEVENT',
    `UID:${reminder.uid}`,
    `DTSTAMP:${utc(now)}`,
    `DTSTART:${utc(reminder.at)}`,
    `SUMMARY:${text(reminder.summary)}`,
    `DESCRIPTION:${text(reminder.description)}`,
    ...triggers(reminder.at - now).flatMap((trigger) => [
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      `DESCRIPTION:${text(reminder.summary)}`,
      `TRIGGER:${trigger}`,
      'END:VALARM',
    ]),
    'END:VEVENT',
    'END:VCALENDAR',
  ]
  return lines.map((line) => `${folded(line)}\r\n`).join('')
}

/** The longest of these that still lies ahead, and the time itself. */
const BEFORE: [number, string][] = [
  [7 * DAY, '-P7D'],
  [DAY, '-P1D'],
  [HOUR, '-PT1H'],
  [HOUR / 12, '-PT5M'],
]

function triggers(left: number): string[] {
  const before = BEFORE.find(([length]) => length < left)
  return [...(before ? [before[1]] : []), ...(left > 0 ? ['PT0S'] : [])]
}

/** DATE-TIME in UTC (RFC 5545 §3.3.5). */
const utc = (time: number) => `${new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`

/** TEXT (RFC 5545 §3.3.11). */
const text = (value: string) => value.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n')

/** No line is longer than 75 octets, and none breaks inside a character (RFC 5545 §3.1). */
function folded(line: string): string {
  const lines = ['']
  for (const character of line) {
    const longer = `${lines.at(-1)}${character}`
    // A continued line begins with a blank.
    if (Buffer.byteLength(longer) + (lines.length > 1 ? 1 : 0) > 75) lines.push(character)
    else lines[lines.length - 1] = longer
  }
  return lines.join('\r\n ')
}
