import { environmentName } from './environment.js'
import type { Format } from './format.js'
import { readLines, writeLines } from './lines.js'

/** The part of TOML that CircuitPython's `os.getenv` reads: `"…"` on one line, before any `[table]`; of two keys the first counts. */
export const circuitpython: Format = {
  id: 'circuitpython',
  title: 'CircuitPython settings',
  file: 'settings.toml',
  kind: 'config',
  media_type: 'application/toml',
  places: ['python-board'],
  comment: '#',
  writesBack: {
    because: 'CircuitPython cannot write settings.toml while a computer sees the drive',
    instead:
      'use MicroPython with config.json and refresh.py, or let a computer refresh and give the access token to the board',
  },
  append:
    'Add these lines to your settings.toml, above any [table], and remove older lines with the same names: the first one counts.',
  spell: environmentName,
  write: writeLines(environmentName, ({ name, value }) => [`${name} = `, JSON.stringify(value)]),
  parse: readLines(/^(\w+) = (".*")$/gm, JSON.parse),
}
