import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { loadConfig } from '../../server/config/config.js'
import { PRINTED_SECRETS } from '../../server/config/printed-secrets.js'
import { SECRET_LENGTH } from '../../server/config/session-secrets.js'

const NOT_OURS = ['node_modules', 'dist', '.git', 'package-lock.json']
const TEXT = /\.(md|ts|js|mjs|json|ya?ml|env|example|sh|html|ejs|service|conf)$|^Dockerfile$/

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.includes(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? files(path) : TEXT.test(entry.name) ? [path] : []
  })
}

/** What stands behind a name such as SESSION_SECRET, `session-secret` or SECRET, in quotes or as one word. */
const PRINTED = /\b(?:session[_-])?secret\b["']?\s*[:=]\s*(?:'([^'\n]*)'|"([^"\n]*)"|`([^`\n]*)`|([^\s'"`,;]+))/gi

const printed = files('.').flatMap((path) =>
  [...readFileSync(path, 'utf8').matchAll(PRINTED)]
    .map(([, ...values]) => values.find((value) => value !== undefined) ?? '')
    // Shorter ones are refused for that; code and variables of a shell are no secrets.
    .filter((value) => value.length >= SECRET_LENGTH && !/[$({]/.test(value))
    .map((value): [path: string, value: string] => [path, value]),
)

const start = (secret: string) =>
  loadConfig({
    BASE_URL: 'https://mint.example',
    OAUTH2_ISSUER: 'https://kc.example/r',
    OAUTH2_CLIENT_ID: 'id',
    SESSION_SECRET: secret,
  })

describe('a shared site (J11)', () => {
  it('is searched for in files that do print a secret', () => {
    expect(printed.map(([path]) => path)).toContain('compose.yaml')
  })

  it.each(printed)('refuses the session secret that %s prints', (_path, value) => {
    expect(() => start(value)).toThrow(/^SESSION_SECRET is (printed in this app's own files|easy to guess)/)
  })

  it.each(PRINTED_SECRETS)('refuses "%s", also as the older one of two', (value) => {
    expect(() => start(value)).toThrow("SESSION_SECRET is printed in this app's own files")
    expect(() => start(`${'0123456789abcdef'.repeat(2)},${value}`)).toThrow(/at place 2 of 2, a secret that is printed/)
  })

  it('takes one that openssl made', () => {
    expect(start('8c7f1d0a5b3e9642'.repeat(4)).shared).toBe(true)
  })

  it('is what this is about: this machine alone may use the one of compose.yaml', () => {
    expect(loadConfig({ SESSION_SECRET: PRINTED_SECRETS[0] as string }).shared).toBe(false)
  })
})
