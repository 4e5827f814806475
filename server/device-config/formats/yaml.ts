import type { Format } from './format.js'
import { readLines, writeLines } from './lines.js'
import { quoted } from './quoted.js'

/** Always double-quoted, YAML 1.1 and 1.2: its escapes include JSON's, and a plain `yes`, `0123`, `a: b` or `#` is no string. */
export const yaml: Format = {
  id: 'yaml',
  title: 'YAML',
  file: 'config.yaml',
  kind: 'config',
  media_type: 'application/yaml',
  places: ['linux', 'containers', 'home-automation', 'other'],
  comment: '#',
  writesBack: true,
  spell: (field) => field,
  write: writeLines(
    (field) => field,
    ({ name, value }) => [`${name}: `, quoted(value)],
  ),
  parse: readLines(/^(\w+): (".*")$/gm, JSON.parse),
}
