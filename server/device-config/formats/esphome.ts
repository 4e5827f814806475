import type { FieldName } from '../fields.js'
import { type Format, UnwritableValue } from './format.js'
import { readLines, writeLines } from './lines.js'

const spell = (field: FieldName) => `oauth2_${field}`

/** YAML, and then ESPHome's substitutions, in secrets too: `$name` and `${…}` are replaced, and nothing escapes a `$`. */
export const esphome: Format = {
  id: 'esphome',
  title: 'ESPHome secrets',
  file: 'secrets.yaml',
  kind: 'config',
  media_type: 'application/yaml',
  places: ['home-automation', 'esp32'],
  append:
    'Add these lines to the secrets.yaml that is there, and take older ones of these names out: a name may stand there once.',
  spell,
  write: writeLines('#', spell, ({ field, name, value }) => {
    if (/\$[A-Za-z0-9_{]/.test(value)) throw new UnwritableValue(field, '$')
    return `${name}: ${JSON.stringify(value)}`
  }),
  parse: readLines(/^(\w+): (".*")$/gm, JSON.parse),
}
