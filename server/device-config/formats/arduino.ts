import type { FieldName } from '../fields.js'
import type { Format } from './format.js'
import { readLines, writeLines } from './lines.js'

const spell = (field: FieldName) => `SECRET_OAUTH2_${field.toUpperCase()}`

/**
 * C and C++ string literals. `\?` keeps `??/` and its like from being read as trigraphs (C99, C++14). Letters outside ASCII are
 * written as their bytes in UTF-8: whatever encoding an editor or compiler takes the file for, the provider gets UTF-8.
 */
export const arduino: Format = {
  id: 'arduino',
  title: 'Arduino header',
  file: 'arduino_secrets.h',
  kind: 'config',
  media_type: 'text/plain',
  places: ['esp32'],
  comment: '//',
  writesBack: true,
  maxTokenLength: {
    characters: 2047,
    reason:
      'An ATmega328P (Arduino Uno, Nano) has 2048 bytes of RAM for everything, and string literals are copied there. An ESP32 has room.',
  },
  spell,
  write: writeLines(spell, ({ name, value }) => [`#define ${name} `, `"${escaped(value)}"`]),
  parse: readLines(/^#define (\w+) "((?:[^"\\?]|\\["\\?]|\\[0-7]{3})*)"$/gm, unescaped),
}

const escaped = (value: string): string =>
  value
    .replace(/[\\"?]/g, '\\$&')
    .replace(/[^\x20-\x7e]/gu, (letter) => [...Buffer.from(letter)].map((byte) => `\\${byte.toString(8)}`).join(''))

function unescaped(literal: string): string {
  // Without a byte in it, one pattern does, ten times faster: a hostile token can be all escapes.
  if (!/\\[0-7]/.test(literal)) return literal.replace(/\\(.)/g, '$1')
  const letters = (bytes: string) => Buffer.from(bytes.split('\\').map((octal) => Number.parseInt(octal, 8))).toString()
  return literal.replace(/\\([0-7]{3}(?:\\[0-7]{3})*)|\\(.)/g, (_, bytes, plain) => plain ?? letters(bytes))
}
