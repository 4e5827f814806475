import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type About, type DeviceConfigFields, FIELD_NAMES } from '../../server/device-config/fields.js'
import { entries } from '../../server/device-config/formats/format.js'
import { FORMATS, writeDeviceConfig } from '../../server/device-config/formats.js'
import { READERS } from './readers.js'
import { ABOUT, FIELDS, format, LETTERS, LOADED, lettersBeside, refusal, threeTimes, VALUES, VSCHAR } from './values.js'

const text = fc.string({ unit: fc.oneof(fc.constantFrom(...LOADED), fc.constantFrom(...VSCHAR)), maxLength: 40 })
const letters = fc.string({
  unit: fc.oneof(fc.constantFrom(...LOADED, ...LETTERS.join('')), fc.constantFrom(...VSCHAR)),
})
const anyFields: fc.Arbitrary<DeviceConfigFields> = fc.record({
  token_endpoint: text,
  client_id: letters,
  client_secret: fc.option(letters),
  refresh_token: text,
  scope: text,
  token_endpoint_auth_method: fc.constant('client_secret_post'),
  refresh_token_usage: fc.constantFrom('keep', 'store'),
})
const allThreeQuotes = (value: string) => ["'", '"', '`'].every((quote) => value.includes(quote))
const dotenvCant = (value: string) =>
  allThreeQuotes(value) || (value.includes("'") && value.includes('`') && /\\[nr]/.test(value))
const esphomeCant = (value: string) => /\$[A-Za-z0-9_{]/.test(value) || (value.includes('$') && /<%.+%>/.test(value))

const CANT: Record<string, (value: string) => boolean> = {
  dotenv: dotenvCant,
  esphome: esphomeCant,
  nvs: (value) => Buffer.byteLength(value) > 3999,
}

describe('the table of formats', () => {
  it('has the ids and the file names that scripts and the page rely on', () => {
    expect(FORMATS.map(({ id, file }) => `${id}: ${file}`)).toEqual([
      'dotenv: .env',
      'env-file: device.env',
      'systemd: device.env',
      'sh: device.sh',
      'compose: device.env',
      'json: config.json',
      'yaml: config.yaml',
      'arduino: arduino_secrets.h',
      'nvs: nvs.csv',
      'esphome: secrets.yaml',
      'micropython: oauth2_config.py',
      'circuitpython: settings.toml',
      'kubernetes: secret.yaml',
    ])
  })

  it.each([
    ['dotenv', 'OAUTH2_CLIENT_ID=sensor'],
    ['env-file', 'OAUTH2_CLIENT_ID=sensor'],
    ['systemd', 'OAUTH2_CLIENT_ID=sensor'],
    ['sh', 'export OAUTH2_CLIENT_ID=sensor'],
    ['compose', 'OAUTH2_CLIENT_ID=sensor'],
    ['json', '  "client_id": "sensor",'],
    ['yaml', 'client_id: "sensor"'],
    ['arduino', '#define SECRET_OAUTH2_CLIENT_ID "sensor"'],
    ['nvs', 'client_id,data,string,"sensor"'],
    ['esphome', 'oauth2_client_id: "sensor"'],
    ['micropython', 'CLIENT_ID = "sensor"'],
    ['circuitpython', 'OAUTH2_CLIENT_ID = "sensor"'],
    ['kubernetes', '  OAUTH2_CLIENT_ID: "sensor"'],
  ])('%s spells a field: %s', (id, line) => {
    expect(writeDeviceConfig(format(id), FIELDS, ABOUT).split('\n')).toContain(line)
  })

  it('names a place for each, and all places have one', () => {
    const places = new Set(FORMATS.flatMap((each) => each.places))
    expect(places.size).toBe(6)
    expect(FORMATS.filter((each) => each.places.length === 0)).toEqual([])
  })
})

describe.each(FORMATS.map((each) => [each.id, each] as const))('%s', (_id, each) => {
  it('gives every value back that it writes, and refuses the others', () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        const refused = refusal(each, fields)
        if (refused) {
          expect(refused).toMatchObject({ status: 422, code: 'unwritable_value' })
          return
        }
        const written = Object.fromEntries(entries(fields, each.spell).map(({ name, value }) => [name, value]))
        expect(each.parse(writeDeviceConfig(each, fields, ABOUT))).toEqual(written)
      }),
      { numRuns: 500 },
    )
  })

  it('refuses only what its reader has no way to carry', () => {
    const refused = VALUES.filter((value) => refusal(each, threeTimes(value)))
    const reason = CANT[each.id] ?? (() => false)
    expect(refused.filter((value) => !reason(value))).toEqual([])
    if (each.id === 'esphome') expect(refused).toEqual(VALUES.filter(esphomeCant))
  })

  it("carries a client's id and secret in any letters", () => {
    const refused = lettersBeside(LETTERS).filter((fields) => refusal(each, fields))
    const cant = (value: string | null) => (CANT[each.id] ?? (() => false))(value ?? '')
    expect(refused.filter(({ client_id, client_secret }) => !cant(client_id) && !cant(client_secret))).toEqual([])
  })

  it('leaves the secret of a public client out', () => {
    const fields = { ...FIELDS, client_secret: null, token_endpoint_auth_method: 'none' }
    expect(Object.keys(each.parse(writeDeviceConfig(each, fields, ABOUT)))).toEqual(
      FIELD_NAMES.filter((name) => name !== 'client_secret').map(each.spell),
    )
  })

  it('has LF line ends, one at the end, and no control character, whatever the values and the user', () => {
    fc.assert(
      fc.property(anyFields, fc.string({ unit: 'binary' }), (fields, user) => {
        if (refusal(each, fields)) return
        expect(writeDeviceConfig(each, fields, { ...ABOUT, user })).toMatch(/^([^\p{Cc}\u2028\u2029]+\n)+$/u)
      }),
    )
  })
})

describe('a token whose successor must be stored', () => {
  const storing = { ...FIELDS, refresh_token_usage: 'store' } as const

  it.each(FORMATS.map((each) => [each.id, each] as const))('%s says first where it can not be stored', (_id, each) => {
    const [first] = writeDeviceConfig(each, storing, ABOUT).split('\n')
    const warns = /^# Each refresh brings another token that must be stored, and .+\. Instead: .+\.$/
    if (each.writesBack === true) expect(first).not.toMatch(warns)
    else expect(first).toMatch(warns)
    expect(writeDeviceConfig(each, FIELDS, ABOUT)).not.toContain('must be stored')
    expect(each.parse(writeDeviceConfig(each, storing, ABOUT))).toHaveProperty(each.spell('refresh_token'))
  })

  it('can not be stored by a place that only reads', () => {
    expect(FORMATS.filter(({ writesBack }) => writesBack !== true).map(({ id }) => id)).toEqual([
      'dotenv',
      'env-file',
      'systemd',
      'compose',
      'esphome',
      'circuitpython',
      'kubernetes',
    ])
  })
})

describe('settings.toml', () => {
  it('keeps to the part of TOML that CircuitPython reads: bare keys, one line each, no escapes but two, no table', () => {
    for (const value of VALUES) {
      const lines = writeDeviceConfig(format('circuitpython'), threeTimes(value), ABOUT).trimEnd().split('\n')
      expect(lines.slice(1).filter((line) => !/^[A-Z0-9_]+ = "([^"\\]|\\["\\])*"$/.test(line))).toEqual([])
    }
  })
})

describe('the comment', () => {
  const commented = FORMATS.filter(({ id }) => id !== 'json').map((each) => [each.id, each] as const)
  const hostile = [
    'a\nb',
    'a\r\nB=1',
    'a\\',
    '??/',
    '*/ int x;',
    '"\'`',
    '\u202Eroot',
    '\u2028',
    'Jörg',
    '日本',
    '\ud800',
    '$(a)',
    '<!--',
    '\0',
  ]

  it.each(commented)('%s names the fingerprint and the user', (_id, each) => {
    const [comment] = writeDeviceConfig(each, FIELDS, { ...ABOUT, user: 'ada@example.org' }).split('\n')
    expect(comment).toMatch(
      /^(#|\/\/) Refresh token 1a2b3c4d of ada@example\.org, reusable, written 2026-01-02T03:04:05/,
    )
  })

  it.each(commented)('%s keeps a hostile user inside it', (_id, each) => {
    const plain = writeDeviceConfig(each, FIELDS, ABOUT).split('\n').slice(1)
    for (const user of [...hostile, ...VALUES]) {
      const about: About = { ...ABOUT, user, fingerprint: user, verdict: user }
      const [comment, ...rest] = writeDeviceConfig(each, FIELDS, about).split('\n')
      expect(rest).toEqual(plain)
      expect(comment).toMatch(/^(#|\/\/) [A-Za-z0-9 .,:@+_-]+$/)
    }
  })

  it('says so where the proof has not run and nobody said who it is', () => {
    const [comment] = writeDeviceConfig(format('sh'), FIELDS, { ...ABOUT, user: null, verdict: null }).split('\n')
    expect(comment).toBe('# Refresh token 1a2b3c4d, not tested, written 2026-01-02T03:04:05.000Z')
  })
})

describe('the five dialects of environment files', () => {
  const dialects = ['dotenv', 'env-file', 'systemd', 'sh', 'compose']
  const safe = fc.string({ unit: fc.constantFrom(...VSCHAR.filter((c) => /[A-Za-z0-9._/+=:@%,^!*?-]/.test(c))) })

  it('are the same lines but for export where all values are of the safe alphabet', () => {
    fc.assert(
      fc.property(safe, safe, (token, secret) => {
        const fields = { ...FIELDS, refresh_token: token, client_secret: secret }
        const files = dialects.map((id) => writeDeviceConfig(format(id), fields, ABOUT).replaceAll('export ', ''))
        expect(new Set(files).size).toBe(1)
      }),
    )
  })

  it('differ where a value is not', () => {
    const files = dialects.map((id) => writeDeviceConfig(format(id), threeTimes("a $b 'c `d"), ABOUT))
    expect(new Set(files).size).toBe(5)
  })
})

describe("a value that can't be written", () => {
  it.each([
    ['a line break', 'refresh_token', 'abc\n', '\n', 'U+000A'],
    ['a typographic quote', 'refresh_token', '“a”', '“', 'U+201C'],
    ['a delete character', 'client_secret', 'a\x7f', '\x7f', 'U+007F'],
    ['a next line', 'client_secret', 'a\x85', '\x85', 'U+0085'],
    ['a line separator', 'client_id', 'a\u2028', '\u2028', 'U+2028'],
    ['half a character', 'client_id', 'a\ud83d', '\ud83d', 'U+D83D'],
    ['an emoji', 'scope', 'a😀', '😀', 'U+1F600'],
  ])('is refused in every format: %s', (_what, field, value, character, name) => {
    for (const each of FORMATS) {
      expect(refusal(each, { ...FIELDS, [field]: value })).toMatchObject({
        status: 422,
        code: 'unwritable_value',
        message: `The ${field} holds the character ${name}, which OAuth 2.0 does not allow there.`,
        extra: { field, character },
      })
    }
  })

  it.each([
    ['dotenv', 'refresh_token', 'a\'b"c`d', '"', 'device.sh'],
    ['dotenv', 'client_secret', "#'`\\n", '#', 'device.sh'],
    ['esphome', 'client_secret', 'pa$word', '$', 'device.env'],
    ['esphome', 'refresh_token', 'a$_', '$', 'device.env'],
  ])('names the field, the character and another format: %s, %s %s', (id, field, value, character, file) => {
    const error = refusal(format(id), { ...FIELDS, [field]: value })
    expect(error).toMatchObject({ status: 422, code: 'unwritable_value', extra: { field, character } })
    expect(error?.message).toContain(`${format(id).file} can't hold this ${field}`)
    expect(error?.message).toContain(`would change the character ${character}`)
    expect(error?.hint).toContain(file)
    expect(`${error?.message} ${error?.hint}`).not.toContain(value)
  })

  it('is found by reading back where a format writes it wrong', () => {
    const careless = { ...format('systemd'), write: format('env-file').write }
    const fields = { ...FIELDS, client_secret: 'a\\b' }
    expect(() => writeDeviceConfig(careless, fields, ABOUT)).toThrow(/device\.env can't hold this client_secret/)
  })

  it('has a hint that names a format which carries it', () => {
    for (const value of VALUES) {
      for (const { id } of FORMATS) {
        const file = refusal(format(id), threeTimes(value))?.hint?.match(/^Take (\S+) /)?.[1]
        if (file === undefined) continue
        expect(FORMATS.some((other) => other.file === file && refusal(other, threeTimes(value)) === null)).toBe(true)
      }
    }
  })
})

it('has a real reader for every format', () => {
  const read = READERS.flatMap(({ formats }) => formats)
  expect(FORMATS.map(({ id }) => id).filter((id) => !read.includes(id))).toEqual([])
})
