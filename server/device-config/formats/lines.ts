import { type Entry, entries, type Format, piecesOf } from './format.js'

/**
 * Writes one line a field.
 * @param line what comes before the value, the value as it is spelt there, and what comes behind it (a line break)
 */
export function writeLines(
  spell: Format['spell'],
  line: (entry: Entry) => [before: string, value: string, behind?: string],
): Format['write'] {
  return (fields) => entries(fields, spell).flatMap((entry) => piecesOf(entry.field, ...line(entry)))
}

/** What `pattern` finds: a name, and a value as it is spelt there. */
export function readLines(pattern: RegExp, unquote: (spelling: string) => string): Format['parse'] {
  return (text) =>
    Object.fromEntries([...text.matchAll(pattern)].map(([, name = '', spelling = '']) => [name, unquote(spelling)]))
}
