import type { FieldName } from '../fields.js'
import { type Entry, entries, type Format, type Piece, piecesOf, plain, UnwritableValue } from './format.js'
import { readLines } from './lines.js'

const KEYS: Partial<Record<FieldName, string>> = {
  token_endpoint_auth_method: 'auth_method',
  refresh_token_usage: 'token_usage',
}

/** A key has at most 15 characters. */
const spell = (field: FieldName) => KEYS[field] ?? field

/** A string has at most 4000 bytes, with a zero byte at its end. */
const LONGEST = 3999

const HEAD = `key,type,encoding,value
oauth2,namespace,,
`

/** The CSV that ESP-IDF's NVS partition generator reads (RFC 4180); it skips lines that begin with `#`. */
export const nvs: Format = {
  id: 'nvs',
  title: 'ESP-IDF NVS partition',
  file: 'nvs.csv',
  kind: 'config',
  media_type: 'text/csv',
  places: ['esp32'],
  comment: '#',
  writesBack: true,
  maxTokenLength: {
    characters: LONGEST,
    reason: 'NVS holds strings of up to 4000 bytes with the zero byte at the end.',
  },
  spell,
  write: (fields) => [plain(HEAD), ...entries(fields, spell).flatMap(line)],
  parse: readLines(/^(\w+),data,string,"((?:[^"]|"")*)"$/gm, (spelling) => spelling.replaceAll('""', '"')),
}

function line({ field, name, value }: Entry): Piece[] {
  const bytes = Buffer.byteLength(value)
  if (bytes > LONGEST) {
    throw new UnwritableValue(field, value.slice(-1), `it has ${bytes} bytes, and an NVS string holds ${LONGEST}`)
  }
  return piecesOf(field, `${name},data,string,`, `"${value.replaceAll('"', '""')}"`)
}
