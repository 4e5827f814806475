import { AppError } from '../errors.js'
import { type About, type DeviceConfigFields, FIELD_NAMES, type FieldName } from './fields.js'
import { arduino } from './formats/arduino.js'
import { circuitpython } from './formats/circuitpython.js'
import { comment } from './formats/comment.js'
import { compose } from './formats/compose.js'
import { dotenv } from './formats/dotenv.js'
import { envFile } from './formats/env-file.js'
import { esphome } from './formats/esphome.js'
import { entries, type Format, type Piece, plain, textOf, UnwritableValue } from './formats/format.js'
import { json } from './formats/json.js'
import { kubernetes } from './formats/kubernetes.js'
import { micropython } from './formats/micropython.js'
import { nvs } from './formats/nvs.js'
import { sh } from './formats/sh.js'
import { systemd } from './formats/systemd.js'
import { yaml } from './formats/yaml.js'
import { cantStore } from './one-time.js'

/** Every format, in the page's order. A new one is a file in formats/ and a line here. */
export const FORMATS: readonly Format[] = [
  dotenv,
  envFile,
  systemd,
  sh,
  compose,
  json,
  yaml,
  arduino,
  nvs,
  esphome,
  micropython,
  circuitpython,
  kubernetes,
]

/**
 * The file, in pieces that say what is secret: written, read back by the reader's grammar, and refused unless every value comes back the same.
 *
 * @throws {AppError} `unwritable_value`, with `field` and `character`, and a hint that names a format which can carry it.
 */
export function deviceConfigPieces(format: Format, fields: DeviceConfigFields, about: About): Piece[] {
  refuseImpossible(fields)
  try {
    return writeAndReadBack(format, fields, about)
  } catch (error) {
    if (!(error instanceof UnwritableValue)) throw error
    throw new AppError(
      'unwritable_value',
      `${format.file} can't hold this ${error.field}: ${error.reason ?? `its reader would change ${named(error.character)}`}.`,
      {
        hint: instead(format, fields, about),
        extra: { field: error.field, character: error.character },
        cause: error,
      },
    )
  }
}

/** The file's text. @throws {AppError} `unwritable_value`, as above */
export const writeDeviceConfig = (format: Format, fields: DeviceConfigFields, about: About): string =>
  textOf(deviceConfigPieces(format, fields, about))

/** RFC 6749 App. A.1 and A.2 allow ASCII alone; providers such as Keycloak take any letters in a client's id and secret. */
const ANY_LETTERS: readonly FieldName[] = ['client_id', 'client_secret']

/** Refuses line breaks and other control characters everywhere, and what is outside ASCII in tokens, scopes and addresses. */
function refuseImpossible(fields: DeviceConfigFields): void {
  for (const field of FIELD_NAMES) {
    const impossible = ANY_LETTERS.includes(field) ? /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u : /[^\x20-\x7e]/u
    const character = fields[field]?.match(impossible)?.[0]
    if (character === undefined) continue
    throw new AppError(
      'unwritable_value',
      `The ${field} holds ${named(character)}, which OAuth 2.0 does not allow there.`,
      {
        hint: 'Was it copied with a line break or a typographic quote?',
        extra: { field, character },
      },
    )
  }
}

function writeAndReadBack(format: Format, fields: DeviceConfigFields, about: About): Piece[] {
  const first = format.comment && comment(format.comment, cantStore(format, fields.refresh_token_usage), about)
  const pieces = [...(first ? [plain(first)] : []), ...format.write(fields)]
  const written = entries(fields, format.spell)
  const read = format.parse(textOf(pieces))
  for (const { field, name, value } of written) {
    if (read[name] !== value) throw new UnwritableValue(field, firstDifference(value, read[name]))
  }
  if (Object.keys(read).length !== written.length) throw new Error(`${format.id} reads other names than it wrote`)
  return pieces
}

/** The first character of the value that was not read back; the last one where the reader saw more than was written. */
function firstDifference(value: string, read = ''): string {
  return [...value].find((character, i) => character !== read[i]) ?? value.slice(-1)
}

/** Names a format that can carry these values: one for the same places, if there is one. */
function instead(refused: Format, fields: DeviceConfigFields, about: About): string {
  const shared = (format: Format) => format.places.filter((place) => refused.places.includes(place)).length
  const format = FORMATS.toSorted((a, b) => shared(b) - shared(a)).find((other) => carries(other, fields, about))
  return format
    ? `Use ${format.file} (${format.title}) instead: it can hold these values.`
    : 'No format can hold these values.'
}

function carries(format: Format, fields: DeviceConfigFields, about: About): boolean {
  try {
    writeAndReadBack(format, fields, about)
    return true
  } catch (error) {
    if (error instanceof UnwritableValue) return false
    throw error
  }
}

/** A character as a sentence can show it, or its code point where it can't be seen. */
function named(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return `the character ${code > 0x20 && code < 0x7f ? character : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`}`
}
