import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { FORMATS, writeDeviceConfig } from '../../server/device-config/formats.js'
import { fingerprint } from '../../server/tokens/fingerprint.js'
import { type RunningApp, startApp } from '../support/app.js'
import { closeLater } from '../support/closing.js'
import { runCommand, startCommand, temporaryFolder } from '../support/command.js'
import { startFaultyProvider } from '../support/faulty-provider.js'
import { describeWith, lacking, slow } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'

let app: RunningApp
let env: Record<string, string>
beforeAll(async () => {
  app = await startApp()
  env = { PORT: String(app.port) }
})

/** A token of this user, minted at the site. */
async function minted(username: string): Promise<string> {
  const visitor = new Visitor(app)
  await visitor.signIn(username, 'demo')
  return (await visitor.get('/profile', { accept: 'application/json' })).json.refresh_token
}

const endpoint = () => `${app.url}/realms/organicity/protocol/openid-connect/token`

async function works(refresh_token: string): Promise<boolean> {
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token, client_id: 'sensor' })
  body.set('client_secret', 'sensor-secret')
  return (await fetch(endpoint(), { method: 'POST', body })).ok
}

/** As refresh.sh names a token. */
function shellFingerprint(token: string): string {
  const program = readFileSync('server/device-config/programs/refresh.sh', 'utf8')
  const lines = /^put\(\)[\s\S]*?$|^fingerprint\(\) \{[\s\S]*?^\}/gm
  const functions = [...program.matchAll(lines)].map(([text]) => text).join('\n')
  const script = `put() { printf %s "$1"; }\n${functions}\nrefresh_token=$1; fingerprint`
  return execFileSync('/bin/sh', ['-c', script, 'sh', token], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } })
}

/** A config in this format, in a folder of its own. */
function config(id: string, refresh_token: string, more: Record<string, string> = {}) {
  const format = FORMATS.find((one) => one.id === id)
  if (!format) throw new Error(`no format ${id}`)
  const fields = {
    token_endpoint: endpoint(),
    client_id: 'sensor',
    client_secret: 'sensor-secret',
    refresh_token,
    scope: 'offline_access',
    token_endpoint_auth_method: 'client_secret_basic',
    refresh_token_usage: 'store' as const,
    ...more,
  }
  const about = { fingerprint: '00000000', user: null, verdict: null, written_at: new Date(0) }
  const folder = temporaryFolder()
  const path = join(folder, format.file)
  writeFileSync(path, writeDeviceConfig(format, fields, about), { mode: 0o640 })
  const read = () => format.parse(readFileSync(path, 'utf8'))[format.spell('refresh_token')] ?? ''
  return { folder, path, read }
}

describe('test', () => {
  it('tests a token on standard input, as it was copied, and prints the token answer alone', async () => {
    const token = await minted('demo')
    const { code, out, err } = await runCommand(['test'], { env, input: `export OAUTH2_REFRESH_TOKEN="${token}"\n` })
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('Reusable.') })
    expect(JSON.parse(out)).toMatchObject({ id: null, verdict: 'reusable' })
    expect(err).not.toContain(token)
  })

  it('prints the current token of a one-time one, and exits 0', async () => {
    const token = await minted('rotating')
    const { code, out } = await runCommand(['test', '-'], { env, input: token })
    const { verdict, refresh_token } = JSON.parse(out)
    expect([code, verdict, refresh_token === token]).toEqual([0, 'one_time', false])
    expect(await works(refresh_token)).toBe(true)
  })

  it('exits 2 for a dead token', async () => {
    const token = await minted('rotating')
    await works(token)
    expect(await works(token)).toBe(false)
    const { code, out } = await runCommand(['test'], { env, input: token })
    expect([code, JSON.parse(out).verdict]).toEqual([2, 'invalid'])
  })

  it('exits 3 where the provider can not be reached, and prints no token', async () => {
    const provider = await startFaultyProvider()
    await provider.stop()
    const { code, out } = await runCommand(['test'], { env: provider.env, input: 'some-token' })
    expect([code, out]).toEqual([3, ''])
  })

  it.each<[number, string, code: number]>([
    [504, '<title>504 Gateway Time-out</title>', 3],
    [503, '', 3],
    [429, '{"error":"slow"}', 3],
    [400, '{"error":"temporarily_unavailable"}', 3],
    [404, '<title>Not Found</title>', 1],
    [500, '{"error":"invalid_client"}', 1],
  ])('tells a provider that is busy from one that refuses: %i %s exits %i', async (status, body, code) => {
    const provider = await startFaultyProvider()
    provider.at('/token', (response) => response.writeHead(status, { 'content-type': 'text/html' }).end(body))
    const run = await runCommand(['test'], { env: provider.env, input: 'some-token' })
    expect([run.code, run.out]).toEqual([code, ''])
  })

  it.each([
    ['', 'is empty'],
    ['naïve', 'is not a token'],
    ['export OAUTH2_CLIENT_SECRET=secret\nexport OAUTH2_REFRESH_TOKEN=T0\n', 'name a file'],
  ])('exits 1 for %j on standard input', async (input, says) => {
    const { code, err } = await runCommand(['test'], { env, input })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(says) })
  })

  it('sends nothing of an access token, and names it', async () => {
    const visitor = new Visitor(app)
    await visitor.signIn('demo', 'demo')
    const { access_token } = (await visitor.get('/profile', { accept: 'application/json' })).json
    const { code, err } = await runCommand(['test'], { env, input: access_token })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('an access token, not a refresh token') })
  })
})

describe('test FILE', () => {
  slow.each(FORMATS.map(({ id }) => id))(
    'writes the current token back into %s, and changes nothing else',
    async (id) => {
      const { folder, path, read } = config(id, await minted('rotating'))
      const before = { text: readFileSync(path, 'utf8'), token: read() }
      const { code, out, err } = await runCommand(['test', path], { env })
      expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining(`${path} now has the current token`) })
      expect(readdirSync(folder).filter((name) => !name.endsWith('.lock'))).toEqual([basename(path)])
      expect(read()).toBe(JSON.parse(out).refresh_token)
      expect(readFileSync(path, 'utf8')).toBe(before.text.replace(before.token, read()))
      expect(await works(read())).toBe(true)
    },
  )

  it('writes the current token back, and keeps the mode of the file', async () => {
    const { path, read } = config('sh', await minted('rotating'))
    const { code, out } = await runCommand(['test', path], { env })
    expect([code, read(), statSync(path).mode & 0o777]).toEqual([0, JSON.parse(out).refresh_token, 0o640])
    expect(await works(read())).toBe(true)
  })

  it.each(['json', 'sh'])('goes on with the token that a power cut left beside %s', async (id) => {
    const old = await minted('rotating')
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: old, client_id: 'sensor' })
    body.set('client_secret', 'sensor-secret')
    const next = (await (await fetch(endpoint(), { method: 'POST', body })).json()).refresh_token
    const { path, read } = config(id, old)
    const text = readFileSync(path, 'utf8')
    const name = id === 'json' ? fingerprint(old) : shellFingerprint(old)
    writeFileSync(`${path}.new-${name}`, text.replace(old, next))
    const { code, err } = await runCommand(['test', path], { env })
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringContaining('An earlier run stopped before it could write the newest token'),
    })
    expect(await works(read())).toBe(true)
  })

  it('sends nothing where the folder of the file can not be written', async () => {
    const token = await minted('rotating')
    const { path } = config('json', token)
    mkdirSync(`${path}.new-${fingerprint(token)}`)
    const { code, err } = await runCommand(['test', path], { env })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("can't be replaced") })
    expect(await works(token)).toBe(true)
  })

  it('leaves a file alone that says keep', async () => {
    const { path } = config('json', await minted('demo'), { refresh_token_usage: 'keep' })
    const before = readFileSync(path, 'utf8')
    expect((await runCommand(['test', path], { env })).code).toBe(0)
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it.each([
    ['client_id', 'another-client', 'sensor'],
    ['token_endpoint', 'https://elsewhere.example/token', '/realms/organicity/protocol/openid-connect/token'],
  ])('sends nothing where the %s is another one, and names both', async (field, value, ours) => {
    const token = await minted('rotating')
    const { path } = config('dotenv', token, { [field]: value })
    const { code, err } = await runCommand(['test', path], { env })
    expect(code).toBe(1)
    expect(err).toContain(value)
    expect(err).toContain(ours)
    expect(await works(token)).toBe(true)
  })

  it('exits 1 for a file that is not there, or no config of ours', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'notes.txt'), 'nothing')
    for (const [file, says] of [
      ['none.env', 'ENOENT'],
      ['notes.txt', 'is not one of our device configs'],
    ] as const) {
      const { code, err } = await runCommand(['test', file], { env, cwd })
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(says) })
    }
  })
})

describe('test --read-only', () => {
  it('exits 0 for an active token and 2 for a dead one, and uses nothing up', async () => {
    const token = await minted('rotating')
    const active = await runCommand(['test', '--read-only'], { env, input: token })
    expect([active.code, JSON.parse(active.out).refresh_token]).toEqual([0, token])
    expect(await works(token)).toBe(true)
    const dead = await runCommand(['test', '--read-only'], { env, input: token })
    expect({ code: dead.code, err: dead.err }).toEqual({ code: 2, err: expect.stringContaining('inactive') })
  })

  it('exits 1 where a provider calls everything active, or every token inactive', async () => {
    const provider = await startFaultyProvider()
    for (const active of [true, false]) {
      provider.at('/introspect', (response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ active })),
      )
      expect((await runCommand(['test', '--read-only'], { env: provider.env, input: 'some-token' })).code).toBe(1)
    }
  })
})

describeWith(lacking('flock'), 'test FILE beside our programs', () => {
  it('waits for the lock that they take', async () => {
    const { path } = config('json', await minted('rotating'))
    const holder = spawn('flock', [`${path}.lock`, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
    closeLater(() => holder.kill())
    holder.stdin.write('locked\n')
    await once(holder.stdout, 'data')
    const command = startCommand(['test', path], { env })
    const early = await Promise.race([command.code, new Promise((resolve) => setTimeout(resolve, 1_500, 'waits'))])
    expect(early).toBe('waits')
    holder.stdin.end()
    expect(await command.code).toBe(0)
  })
})
