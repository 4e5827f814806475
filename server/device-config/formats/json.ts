import { entries, type Format } from './format.js'

/** RFC 8259. It has no comments, so the file tells nothing about itself. */
export const json: Format = {
  id: 'json',
  title: 'JSON',
  file: 'config.json',
  kind: 'config',
  media_type: 'application/json',
  places: ['linux', 'containers', 'python-board', 'other'],
  spell: (field) => field,
  write: (fields) =>
    `${JSON.stringify(Object.fromEntries(entries(fields, json.spell).map(({ name, value }) => [name, value])), null, 2)}\n`,
  parse: (text) => JSON.parse(text),
}
