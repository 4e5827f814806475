import type { About, DeviceConfigFields } from '../fields.js'
import { comment } from './comment.js'
import { type Entry, entries, type Format, piecesOf, plain } from './format.js'

/**
 * A comment, then one line a field.
 * @param line what comes before the value, the value as it is spelt there, and what comes behind it (a line break)
 */
export function writeLines(
  marker: '#' | '//',
  spell: Format['spell'],
  line: (entry: Entry) => [before: string, value: string, behind?: string],
): Format['write'] {
  return (fields: DeviceConfigFields, about: About) => [
    plain(`${comment(marker, about)}\n`),
    ...entries(fields, spell).flatMap((entry) => piecesOf(entry.field, ...line(entry))),
  ]
}

/** What `pattern` finds: a name, and a value as it is spelt there. */
export function readLines(pattern: RegExp, unquote: (spelling: string) => string): Format['parse'] {
  return (text) =>
    Object.fromEntries([...text.matchAll(pattern)].map(([, name = '', spelling = '']) => [name, unquote(spelling)]))
}
