import type { About, DeviceConfigFields } from '../fields.js'
import { comment } from './comment.js'
import { type Entry, entries, type Format } from './format.js'

/** A comment, then one line a field. */
export function writeLines(
  marker: '#' | '//',
  spell: Format['spell'],
  line: (entry: Entry) => string,
): Format['write'] {
  return (fields: DeviceConfigFields, about: About) =>
    [comment(marker, about), ...entries(fields, spell).map(line), ''].join('\n')
}

/** What `pattern` finds: a name, and a value as it is spelt there. */
export function readLines(pattern: RegExp, unquote: (spelling: string) => string): Format['parse'] {
  return (text) =>
    Object.fromEntries([...text.matchAll(pattern)].map(([, name = '', spelling = '']) => [name, unquote(spelling)]))
}
