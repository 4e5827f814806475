import type { FieldName } from '../fields.js'
import type { Format } from './format.js'
import { readLines, writeLines } from './lines.js'

const spell = (field: FieldName) => `SECRET_OAUTH2_${field.toUpperCase()}`

/** C and C++ string literals. `\?` keeps `??/` and its like from being read as trigraphs (C99, C++14). */
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
  write: writeLines(spell, ({ name, value }) => [`#define ${name} `, `"${value.replace(/[\\"?]/g, '\\$&')}"`]),
  parse: readLines(/^#define (\w+) "((?:[^"\\?]|\\["\\?])*)"$/gm, (literal) => literal.replace(/\\(.)/g, '$1')),
}
