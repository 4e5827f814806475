import type { FieldName } from '../fields.js'
import { type Format, UnwritableValue } from './format.js'
import { readLines, writeLines } from './lines.js'
import { quoted } from './quoted.js'

const spell = (field: FieldName) => `oauth2_${field}`

/** What ESPHome replaces in values, secrets too: `$name`, `${…}`, and beside any `$` also `<%…%>`. */
const REPLACED = /\$[A-Za-z0-9_{]|\$.*<%.+%>|<%.+%>.*\$/

/**
 * YAML, then substitutions, which no escape prevents. The tag `!literal` does, but only since 2025.10, and Home Assistant, with which
 * the file may be shared, stops at tags that it does not know.
 */
export const esphome: Format = {
  id: 'esphome',
  title: 'ESPHome secrets',
  file: 'secrets.yaml',
  kind: 'config',
  media_type: 'application/yaml',
  places: ['home-automation'],
  comment: '#',
  writesBack: {
    because: 'ESPHome compiles secrets.yaml into the firmware',
    instead: 'let Home Assistant run refresh.sh with device.sh, and give the access token to the board',
  },
  append:
    'Add these lines to your secrets.yaml, and remove older lines with the same names: each name may be there only once.',
  spell,
  write: writeLines(spell, ({ field, name, value }) => {
    if (REPLACED.test(value)) throw new UnwritableValue(field, '$')
    return [`${name}: `, quoted(value)]
  }),
  parse: readLines(/^(\w+): (".*")$/gm, JSON.parse),
}
