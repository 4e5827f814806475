import { readFileSync } from 'node:fs'
import type { About, DeviceConfigFields } from '../../server/device-config/fields.js'
import type { Format } from '../../server/device-config/formats/format.js'
import { FORMATS, writeDeviceConfig } from '../../server/device-config/formats.js'
import { AppError } from '../../server/errors.js'

export const ABOUT: About = {
  fingerprint: '1a2b3c4d',
  user: 'demo',
  verdict: 'reusable',
  written_at: new Date('2026-01-02T03:04:05Z'),
}

/** All of the safe alphabet. */
export const FIELDS: DeviceConfigFields = {
  token_endpoint: 'https://accounts.example.org/realms/demo/protocol/openid-connect/token',
  client_id: 'sensor',
  client_secret: 'c2VjcmV0LWZvci10ZXN0cw==',
  refresh_token: 'eyJhbGciOiJIUzUxMiJ9.eyJ0eXAiOiJPZmZsaW5lIn0.TWludGVkLWZvci10ZXN0cy1vbmx5',
  scope: 'offline_access',
  token_endpoint_auth_method: 'client_secret_basic',
  refresh_token_usage: 'keep',
}

/** The same value as token, client id and client secret. */
export const threeTimes = (value: string): DeviceConfigFields => ({
  ...FIELDS,
  client_id: value,
  client_secret: value,
  refresh_token: value,
})

export function format(id: string): Format {
  const found = FORMATS.find((candidate) => candidate.id === id)
  if (!found) throw new Error(`there is no format ${id}`)
  return found
}

/** 0x20 to 0x7E, all that a token may hold (RFC 6749 App. A). */
export const VSCHAR = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i))

/** What some reader takes for an escape, an expansion, a comment, a quote or an end. */
export const LOADED = [...'\\\'"`$#{}?!~ =nrtx0']

/** One a line: what some reader takes for another type, too. */
const WORDS = readFileSync(new URL('hostile-values.txt', import.meta.url), 'utf8')
  .split('\n')
  .slice(0, -1)

const EVERY_CHARACTER = VSCHAR.join('')

/** Every hostile value, each once; the same at every run. */
export const VALUES: readonly string[] = [
  ...new Set([
    ...VSCHAR.flatMap((character) => [character, `a${character}b`]),
    ...WORDS,
    EVERY_CHARACTER,
    [...EVERY_CHARACTER].reverse().join(''),
    ...randomStrings(120, LOADED, 8),
    ...randomStrings(80, VSCHAR, 60),
    ...randomStrings(3, VSCHAR, 1).map((character) => character.padEnd(6000, EVERY_CHARACTER)),
    'A1b-._'.repeat(1000),
  ]),
]

/** Letters outside ASCII, which a client's id and secret may hold: blanks that readers trim, marks that they skip, two planes. */
export const LETTERS: readonly string[] = [
  'é',
  'Grüße, Straße 5',
  'пароль',
  '秘密',
  '😀',
  'é"$\\`#\'',
  "it's é",
  '$é',
  'é\\',
  '\u00a0edge\u00a0',
  'a\u00a0b',
  '\u3000',
  'zero\u200bwidth',
  'mark\u202e',
  '\ufeffmark\ufeff',
  'e\u0301',
  'é'.repeat(1900),
]

/** A client's id and secret of these letters, each beside another. */
export const lettersBeside = (letters: readonly string[]): DeviceConfigFields[] =>
  letters.map((value, i) => ({ ...FIELDS, client_secret: value, client_id: letters[(i + 1) % letters.length] ?? '' }))

/** Drawn by the minimal standard generator (Park and Miller) with a fixed seed. */
function randomStrings(count: number, alphabet: string[], maxLength: number): string[] {
  let state = count
  const below = (limit: number) => {
    state = (state * 48271) % 0x7fffffff
    return state % limit
  }
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + below(maxLength) }, () => alphabet[below(alphabet.length)]).join(''),
  )
}

/** Why a format refuses these values; null where it writes them. */
export function refusal(format: Format, fields: DeviceConfigFields): AppError | null {
  try {
    writeDeviceConfig(format, fields, ABOUT)
    return null
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}
