import { bareOr, environmentName } from './environment.js'
import { type Entry, type Format, UnwritableValue } from './format.js'
import { writeLines } from './lines.js'

/**
 * `.env` for npm's dotenv and `node --env-file`. They know three kinds of quotes and no escapes: what stands between two quotes of
 * a kind is the value, and only `"…"` turns `\n` and `\r` into line breaks.
 */
export const dotenv: Format = {
  id: 'dotenv',
  title: '.env for Node (dotenv, --env-file)',
  file: '.env',
  kind: 'config',
  media_type: 'text/plain',
  places: ['linux', 'containers', 'other'],
  comment: '#',
  writesBack: {
    because: 'the values become environment variables, which a program cannot change for its next start',
    instead: 'use config.json with refresh.mjs or refresh.py, or device.sh with refresh.sh',
  },
  append:
    'Add these lines at the end of your .env: if a name is there twice, the last line counts. Browsers save the download without the leading dot: rename it to .env',
  spell: environmentName,
  write: writeLines(environmentName, (entry) => [`${entry.name}=`, bareOr(() => quote(entry))(entry.value)]),
  parse,
}

function quote({ field, value }: Entry): string {
  const mark = ["'", '`', '"'].find((q) => !value.includes(q) && (q !== '"' || !/\\[nr]/.test(value)))
  if (mark === undefined) return bare(field, value)
  // After a `\` dotenv first looks for another closing quote further down. This comment holds one that can't close anything.
  const guard = value.endsWith('\\') ? `\n# ${mark}x` : ''
  return mark + value + mark + guard
}

/** The last way. Not for all three kinds of quotes at once, so that it can be told in a sentence what `.env` can't hold. */
function bare(field: Entry['field'], value: string): string {
  const obstacle = /"/.exec(value) ?? /^[\s'`]|#|\s$/.exec(value)
  if (obstacle) throw new UnwritableValue(field, obstacle[0])
  return value
}

function parse(text: string): Record<string, string> {
  const line = /^(\w+)=(?:'((?:\\'|[^'])*)'|`((?:\\`|[^`])*)`|"((?:\\"|[^"])*)"|([^#\n]*)) *(?:#.*)?$/gm
  const values: Record<string, string> = {}
  for (const [, name = '', single, backtick, double, plain = ''] of text.matchAll(line)) {
    values[name] = single ?? backtick ?? double?.replace(/\\[nr]/g, '\n') ?? plain.trim()
  }
  return values
}
