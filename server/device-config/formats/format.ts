import { type About, type DeviceConfigFields, FIELD_NAMES, type FieldName } from '../fields.js'
import type { Place } from '../places.js'

/** One way of writing the fields down, named by its reader. One file here each; their table is ../formats.ts. */
export interface Format {
  id: string
  title: string
  /** The file's name at the place. */
  file: string
  kind: 'config'
  media_type: string
  places: readonly Place[]
  /** Set where the place has such a file already: the lines are added to it, and this sentence tells how. */
  append?: string
  /** A limit that the reader's documentation names, for a warning; the file is written all the same. */
  maxTokenLength?: { characters: number; reason: string }
  /** How the format spells a field's name. */
  spell(field: FieldName): string
  /** Throws `UnwritableValue` where the reader has no way to carry a value. Values are VSCHAR: `writeDeviceConfig` saw to it. */
  write(fields: DeviceConfigFields, about: About): string
  /** What the reader sees in that file, by spelt name: its grammar, written down once more, to check `write` by. */
  parse(text: string): Record<string, string>
}

/** A value that this format can't carry, and the character that stands in the way. */
export class UnwritableValue extends Error {
  override readonly name = 'UnwritableValue'
  constructor(
    readonly field: FieldName,
    readonly character: string,
  ) {
    super(`${field} holds a character that this format can't carry`)
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
