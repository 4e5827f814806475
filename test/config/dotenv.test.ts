import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { loadConfig } from '../../server/config/config.js'
import { readDotenv } from '../../server/config/dotenv.js'

const folder = mkdtempSync(join(tmpdir(), 'dotenv-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

describe('readDotenv', () => {
  it('reads the file', () => {
    const path = file('.env', 'PORT=4000\n')
    expect(readDotenv(path)).toEqual({ path, text: 'PORT=4000\n' })
  })

  it('takes a missing .env in the current folder for an empty one', () => {
    expect(readDotenv()).toEqual({ path: join(process.cwd(), '.env'), text: null })
  })

  it('refuses a missing file that --env names', () => {
    expect(() => readDotenv(join(folder, 'none'))).toThrow(/none isn't there$/)
  })

  it('says so when it is a folder, as Docker makes of a mount that is not there', () => {
    mkdirSync(join(folder, 'mounted'))
    expect(() => readDotenv(join(folder, 'mounted'))).toThrow(/mounted is a folder$/)
  })
})

const SETTINGS = '# Schlüssel: 🔑\r\nOAUTH2_ISSUER=https://kc.example/realms/r\r\nOAUTH2_CLIENT_ID=node-7\r\n'
const SECRET = 'pä$$-wörd'
const utf16 = (text: string) => Buffer.from(text, 'utf16le')

/** Each way of writing the same text (motdotla/dotenv#445 is PowerShell's). */
const ENCODINGS: [string, (text: string) => Uint8Array][] = [
  ['UTF-8', (text) => Buffer.from(text)],
  ["UTF-8 with a byte order mark, Notepad's", (text) => Buffer.from(`\ufeff${text}`)],
  ["UTF-16 with a byte order mark, PowerShell's >", (text) => utf16(`\ufeff${text}`)],
  ['UTF-16, big-endian, with a byte order mark', (text) => utf16(`\ufeff${text}`).swap16()],
  ['UTF-16 without a mark', (text) => utf16(text)],
  ['UTF-16, big-endian, without a mark', (text) => utf16(text).swap16()],
]

describe('settings', () => {
  it.each(ENCODINGS)('are read from a .env file in %s', (encoding, encode) => {
    const dotenv = readDotenv(file(`${encoding.length}.env`, encode(`${SETTINGS}OAUTH2_CLIENT_SECRET='${SECRET}'\r\n`)))
    const { oauth2 } = loadConfig({}, { dotenv })
    expect([oauth2.issuer, oauth2.clientId, oauth2.clientSecret]).toEqual([
      'https://kc.example/realms/r',
      'node-7',
      SECRET,
    ])
  })

  it.each(ENCODINGS)('take a secret from a file in %s', (encoding, encode) => {
    const path = file(`${encoding.length}.secret`, encode(`${SECRET}\r\n`))
    const { oauth2 } = loadConfig({
      OAUTH2_ISSUER: 'https://kc.example/r',
      OAUTH2_CLIENT_ID: 'id',
      OAUTH2_CLIENT_SECRET_FILE: path,
    })
    expect(oauth2.clientSecret).toBe(SECRET)
  })

  it.each([
    ['is in Latin-1', Buffer.from(`${SETTINGS}OAUTH2_CLIENT_SECRET=schlüssel\n`, 'latin1')],
    ['is cut off inside a character', Buffer.from(`${SETTINGS}OAUTH2_CLIENT_SECRET=schlü`).subarray(0, -1)],
    ['is in UTF-16, cut off', utf16(`\ufeff${SETTINGS}OAUTH2_CLIENT_SECRET=schlü`).subarray(0, -1)],
  ])('are refused where the value in the file %s, with its line', (_what, bytes) => {
    const dotenv = readDotenv(file('broken.env', bytes))
    expect(() => loadConfig({}, { dotenv })).toThrow(
      /^OAUTH2_CLIENT_SECRET in .*broken\.env, line 4, holds a character that can't be decoded/,
    )
  })

  it('are taken from a file whose comments alone are in Latin-1', () => {
    const dotenv = readDotenv(file('comment.env', Buffer.from(SETTINGS, 'latin1')))
    expect(loadConfig({}, { dotenv }).oauth2.clientId).toBe('node-7')
  })

  it('are refused where the secret file is in Latin-1', () => {
    const path = file('latin-1.secret', Buffer.from('schlüssel', 'latin1'))
    const env = { OAUTH2_ISSUER: 'https://kc.example/r', OAUTH2_CLIENT_ID: 'id', OAUTH2_CLIENT_SECRET_FILE: path }
    expect(() => loadConfig(env)).toThrow(
      /^OAUTH2_CLIENT_SECRET_FILE names a file that holds a character that can't be decoded/,
    )
  })
})
