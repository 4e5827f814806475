import { assignment, bareOr, environmentName } from './environment.js'
import type { Format } from './format.js'
import { readLines, writeLines } from './lines.js'

const quote = bareOr((value) => `"${value.replace(/[\\"$`]/g, '\\$&')}"`)

/** systemd.exec(5), EnvironmentFile=: inside `"…"` a `\` before `"`, `\`, `` ` `` or `$` is an escape; variables are not expanded. */
export const systemd: Format = {
  id: 'systemd',
  title: 'systemd EnvironmentFile',
  file: 'device.env',
  kind: 'config',
  media_type: 'text/plain',
  places: ['linux', 'home-automation'],
  comment: '#',
  writesBack: {
    because: 'a service cannot change its environment',
    instead: 'use device.sh with refresh.sh, or config.json with refresh.py, and let the service run that',
  },
  spell: environmentName,
  write: writeLines(environmentName, ({ name, value }) => [`${name}=`, quote(value)]),
  parse: readLines(assignment('"(?:[^"\\\\]|\\\\.)*"'), (spelling) =>
    spelling.replace(/^"(.*)"$/, '$1').replace(/\\([\\"$`])/g, '$1'),
  ),
}
