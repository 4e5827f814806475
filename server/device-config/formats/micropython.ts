import type { FieldName } from '../fields.js'
import type { Format } from './format.js'
import { readLines, writeLines } from './lines.js'
import { quoted } from './quoted.js'

const spell = (field: FieldName) => field.toUpperCase()

/** A module of constants: `import oauth2_config`. Without control characters, JSON's string literals are Python's. */
export const micropython: Format = {
  id: 'micropython',
  title: 'MicroPython module',
  file: 'oauth2_config.py',
  kind: 'config',
  media_type: 'text/plain',
  places: ['python-board'],
  comment: '#',
  writesBack: true,
  spell,
  write: writeLines(spell, ({ name, value }) => [`${name} = `, quoted(value)]),
  parse: readLines(/^(\w+) = (".*")$/gm, JSON.parse),
}
