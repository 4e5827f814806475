import { assignment, bareOr, environmentName } from './environment.js'
import type { Format } from './format.js'
import { readLines, writeLines } from './lines.js'

const quote = bareOr((value) => `'${value.replaceAll("'", "'\\''")}'`)

/** POSIX shell, to be read by `. ./device.sh`: nothing is special inside `'…'` but its end (Shell Command Language, 2.2.2). */
export const sh: Format = {
  id: 'sh',
  title: 'POSIX shell',
  file: 'device.sh',
  kind: 'config',
  media_type: 'text/plain',
  places: ['linux', 'containers', 'home-automation', 'other'],
  comment: '#',
  writesBack: true,
  spell: environmentName,
  write: writeLines(environmentName, ({ name, value }) => [`export ${name}=`, quote(value)]),
  parse: readLines(assignment("(?:'[^']*'|\\\\')*", 'export '), (spelling) =>
    spelling.replace(/'([^']*)'|\\(')/g, (_, quoted, escaped) => quoted ?? escaped),
  ),
}
