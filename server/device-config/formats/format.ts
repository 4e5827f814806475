import { type DeviceConfigFields, FIELD_NAMES, type FieldName } from '../fields.js'
import type { Place } from '../places.js'

/** A stretch of a file's text; a secret one is masked on the page until asked for. */
export interface Piece {
  text: string
  secret: boolean
}

/** One way of writing the fields down, named by its reader. One file here each; their table is ../formats.ts. */
export interface Format {
  id: string
  title: string
  /** The file's name at the place. */
  file: string
  kind: 'config'
  media_type: string
  places: readonly Place[]
  /** What begins a line of comment; null where the format has no comments. */
  comment: '#' | '//' | null
  /** Whether the place can write the token that comes back into this file, or keep it elsewhere; where it can't, what to do instead. */
  writesBack: true | CantWriteBack
  /** Set where the place has such a file already: the lines are added to it, and this sentence tells how. */
  append?: string
  /** A limit that the reader's documentation names, for a warning; the file is written all the same. */
  maxTokenLength?: { characters: number; reason: string }
  /** How the format spells a field's name. */
  spell(field: FieldName): string
  /** The file below its comment, with its secret values marked. Throws `UnwritableValue` where the reader has no way to carry a value. `writeDeviceConfig` has refused control characters. */
  write(fields: DeviceConfigFields): Piece[]
  /** What the reader sees in that file, by spelt name: its grammar, written down once more, to check `write` by. */
  parse(text: string): Record<string, string>
}

/** Why a place can't write into its file, and what to do instead. Both go into a comment: letters, digits, `. , : -` and spaces. */
export interface CantWriteBack {
  because: string
  instead: string
}

/** A value that this format can't carry, and why: a character that stands in the way, or another reason. */
export class UnwritableValue extends Error {
  override readonly name = 'UnwritableValue'
  readonly field: FieldName
  readonly character: string
  readonly reason: string | undefined

  constructor(field: FieldName, character: string, reason?: string) {
    super(`${field} holds a character that this format can't carry`)
    this.field = field
    this.character = character
    this.reason = reason
  }
}

export interface Entry {
  field: FieldName
  name: string
  value: string
}

/** The fields in order, spelt; without the client secret of a public client. */
export function entries(fields: DeviceConfigFields, spell: Format['spell']): Entry[] {
  return FIELD_NAMES.flatMap((field) => {
    const value = fields[field]
    return value === null ? [] : [{ field, name: spell(field), value }]
  })
}

/** Fields whose values are masked. */
const SECRET: readonly FieldName[] = ['refresh_token', 'client_secret']

/** A field's place in a file: what comes before its value, the value as it is spelt there, and what comes behind it. */
export const piecesOf = (field: FieldName, before: string, value: string, behind = '\n'): Piece[] => [
  { text: before, secret: false },
  { text: value, secret: SECRET.includes(field) },
  { text: behind, secret: false },
]

export const plain = (text: string): Piece => ({ text, secret: false })

export const textOf = (pieces: readonly Piece[]): string => pieces.map(({ text }) => text).join('')
