import { assignment, bareOr, environmentName } from './environment.js'
import type { Format } from './format.js'
import { readLines, writeLines } from './lines.js'

const quote = bareOr((value) => (/'|\\$/.test(value) ? `"${value.replace(/[\\"$]/g, '\\$&')}"` : `'${value}'`))

/**
 * Docker Compose 2, `env_file:` and `.env`. `'…'` is taken as it is, but a `\` before the closing quote would keep it open;
 * `"…"` knows escapes and expands a `$` that has none.
 */
export const compose: Format = {
  id: 'compose',
  title: 'Docker Compose env_file',
  file: 'device.env',
  kind: 'config',
  media_type: 'text/plain',
  places: ['containers'],
  comment: '#',
  writesBack: {
    because: 'a container cannot change its environment',
    instead: 'put device.sh or config.json on a volume, with one of our programs',
  },
  spell: environmentName,
  write: writeLines(environmentName, ({ name, value }) => [`${name}=`, quote(value)]),
  parse: readLines(assignment(`'[^']*'|"(?:[^"\\\\$]|\\\\[\\\\"$])*"`), (spelling) =>
    spelling.startsWith('"') ? spelling.slice(1, -1).replace(/\\(.)/g, '$1') : spelling.replace(/^'(.*)'$/, '$1'),
  ),
}
