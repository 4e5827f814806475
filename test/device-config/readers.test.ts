import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { DeviceConfigFields } from '../../server/device-config/fields.js'
import { entries, type Format } from '../../server/device-config/formats/format.js'
import { writeDeviceConfig } from '../../server/device-config/formats.js'
import { describeWith, slow } from '../support/tools.js'
import type { Reader, Seen } from './readers/reader.js'
import { READERS } from './readers.js'
import { missingFromTable, type Row, writeTable } from './table.js'
import { ABOUT, FIELDS, format, LETTERS, lettersBeside, refusal, threeTimes, VALUES, VSCHAR } from './values.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readers-'))
})
afterAll(() => rm(folder, { recursive: true }))

const rows: Row[] = []

for (const reader of READERS) {
  for (const id of reader.formats) {
    describeWith(reader.missing(), `${id} read by ${reader.name}`, () => {
      const test = reader.slow ? slow : it
      test('gives every value back', async () => {
        const values = VALUES.filter((value) => !refusal(format(id), threeTimes(value)))
        const ascii = reader.slow ? [...neighbours(values, 5), ...neighbours(VSCHAR, 1)] : neighbours(values, 1)
        const configs = [...ascii, ...lettersBeside(LETTERS).filter((fields) => !refusal(format(id), fields))]
        const seen = await read(reader, format(id), configs)
        const lost = configs.flatMap((fields, i) => differences(format(id), fields, seen[i]))
        const [tried, refused] = [configs.length * 5, VALUES.length - values.length]
        const counts = { values: VALUES.length, refused, tried, back: tried - lost.length }
        rows.push({ format: id, reader: reader.name, ...counts, version: await reader.version() })
        expect(lost.slice(0, 10)).toEqual([])
      }, 120_000)
    })
  }
}

describe('the table in docs/device-configs.md', () => {
  it('shows what was measured', async () => {
    if (process.env.WRITE_TABLE) await writeTable(rows)
    expect(await missingFromTable(rows)).toEqual([])
  })
})

/** A config starting at each value, or at each fifth: the five free fields hold five values in a row, one beside the other. */
function neighbours(values: readonly string[], step: number): DeviceConfigFields[] {
  const at = (i: number) => values[i % values.length] ?? ''
  return Array.from({ length: Math.ceil(values.length / step) }, (_, n) => ({
    ...FIELDS,
    refresh_token: at(n * step),
    client_secret: at(n * step + 1),
    client_id: at(n * step + 2),
    scope: at(n * step + 3),
    token_endpoint: at(n * step + 4),
  }))
}

async function read(reader: Reader, format: Format, configs: readonly DeviceConfigFields[]): Promise<Seen[]> {
  const files: string[] = []
  for (const [i, fields] of configs.entries()) {
    const place = join(folder, `${format.id}-${READERS.indexOf(reader)}`, String(i))
    await mkdir(place, { recursive: true })
    files.push(join(place, format.file))
    await writeFile(join(place, format.file), writeDeviceConfig(format, fields, ABOUT))
  }
  return reader.read(
    files,
    entries(FIELDS, format.spell).map(({ name }) => name),
  )
}

/** What the reader sees otherwise than it was written, a line each. */
function differences({ spell }: Format, fields: DeviceConfigFields, seen: Seen = {}): string[] {
  return entries(fields, spell)
    .filter(({ name, value }) => seen[name] !== value)
    .map(({ name, value }) => `${name}: ${JSON.stringify(value)} came back as ${JSON.stringify(seen[name])}`)
}
