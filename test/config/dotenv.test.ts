import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { readDotenv } from '../../server/config/dotenv.js'

const folder = mkdtempSync(join(tmpdir(), 'dotenv-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('readDotenv', () => {
  it('reads the file', () => {
    writeFileSync(join(folder, '.env'), 'PORT=4000\n')
    expect(readDotenv(join(folder, '.env'))).toBe('PORT=4000\n')
  })

  it('takes a missing file for an empty one', () => {
    expect(readDotenv(join(folder, 'none'))).toBe('')
  })

  it('says so when it is a folder, as Docker makes of a mount that is not there', () => {
    mkdirSync(join(folder, 'mounted'))
    expect(() => readDotenv(join(folder, 'mounted'))).toThrow(/mounted is a folder$/)
  })
})
