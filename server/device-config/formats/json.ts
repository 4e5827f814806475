import { entries, type Format, piecesOf, plain } from './format.js'

/** RFC 8259. It has no comments, so the file says nothing about itself. */
export const json: Format = {
  id: 'json',
  title: 'JSON',
  file: 'config.json',
  kind: 'config',
  media_type: 'application/json',
  places: ['linux', 'containers', 'python-board', 'home-automation', 'other'],
  comment: null,
  writesBack: true,
  spell: (field) => field,
  write(fields) {
    const all = entries(fields, json.spell)
    return [
      plain('{\n'),
      ...all.flatMap(({ field, name, value }, index) =>
        piecesOf(field, `  "${name}": `, JSON.stringify(value), index < all.length - 1 ? ',\n' : '\n'),
      ),
      plain('}\n'),
    ]
  },
  parse: (text) => JSON.parse(text),
}
