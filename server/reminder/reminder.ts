import type { Preset } from '../knowledge/presets/preset.js'
import type { Entry } from '../tokens/entry.js'
import { fingerprint } from '../tokens/fingerprint.js'

/** What to put into a calendar: by when the token must be minted anew, or used. */
export interface Reminder {
  /** Milliseconds since the epoch. */
  at: number
  summary: string
  description: string
  /** Names the entry, so that a later download replaces it. */
  uid: string
}

const DAY = 86_400_000

/** null where nobody knows a date: no known end, and no documented idle limit. */
export function reminderOf(entry: Entry, preset: Preset, label: string | null = null): Reminder | null {
  const { refresh_token, refresh_token_expires_at: end } = entry
  if (refresh_token === null || entry.dead) return null
  const uid = `${fingerprint(entry.first_refresh_token ?? refresh_token)}@offline-token-mint`
  const name = `refresh token ${label === null ? '' : `of ${label} `}${fingerprint(refresh_token)}`
  if (end !== null) {
    return {
      at: end,
      uid,
      summary: `Mint the ${name} anew`,
      description: `This refresh token of ${preset.name} ends now.`,
    }
  }
  if (preset.idleDays === undefined) return null
  return {
    at: (entry.refreshed_at ?? entry.minted_at) + preset.idleDays * DAY,
    uid,
    summary: `Use the ${name} by now`,
    description: `Unless a device has used it since, this refresh token of ${preset.name} dies now. ${preset.lifetime}`,
  }
}

/** RFC 5545: one entry, with an alarm a week before. `now` in milliseconds since the epoch. */
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
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    `DESCRIPTION:${text(reminder.summary)}`,
    'TRIGGER:-P7D',
    'END:VALARM',
    'END:VEVENT',
    'END:VCALENDAR',
  ]
  return lines.map((line) => `${folded(line)}\r\n`).join('')
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
