import { execFile } from 'node:child_process'
import { appendFile, cp, mkdir, mkdtemp, readFile, rename, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from '@jest/globals'
import type { DeviceConfigFields } from '../../server/device-config/fields.js'
import { writeDeviceConfig } from '../../server/device-config/formats.js'
import { PROGRAMS } from '../../server/device-config/programs.js'
import { describeWith, lacking } from '../support/tools.js'
import { sketch, sketchWithNvs } from './boards.js'
import { about, configOf, FIELDS, install, refresh } from './devices.js'
import { type Identity, identity } from './identity.js'
import {
  type Answer,
  json,
  oneTime,
  silence,
  startTlsTokenEndpoint,
  startTokenEndpoint,
  tokens,
} from './token-endpoint.js'

const board = sketch
const LONGEST = PROGRAMS.find(({ id }) => id === 'arduino-program')?.maxTokenLength?.characters ?? 0

const slots = (folder: string) =>
  Promise.all(['kept_a', 'kept_b'].map((slot) => readFile(join(folder, 'nvs-oauth2', slot), 'utf8')))

/** A new access token each time, good for so many seconds. */
function oneTimeFor(expires_in: number): Answer {
  let issued = 0
  return (...request) => tokens({ access_token: `access-${++issued}`, expires_in })(...request)
}

describeWith(board.missing, 'refresh.ino', () => {
  const writes = async (folder: string) => (await readFile(join(folder, 'flash-writes'), 'utf8')).split('\n').length - 1

  /** Another sketch is flashed: the same board, another arduino_secrets.h. */
  async function flash(folder: string, fields: Partial<DeviceConfigFields>) {
    const { format } = about(board)
    const told = { fingerprint: '01234567', user: null, verdict: null, written_at: new Date() }
    const text = writeDeviceConfig(format, { ...FIELDS, ...fields }, told)
    await writeFile(configOf(board, folder), text + board.compiled)
  }

  it.concurrent('goes on with the newest token after the power was off', async () => {
    const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
    const folder = await install(board, { token_endpoint: endpoint.url })
    expect(await refresh(board, folder, { env: { BOARD_ROUNDS: '1000', BOARD_TOKENS: '2' } })).toMatchObject({
      code: 0,
      stdout: 'access-1\naccess-2\n',
    })
    expect(await refresh(board, folder)).toMatchObject({ code: 0, stdout: 'access-3\n' })
    await endpoint.close()
    expect(await board.stored(folder)).toBe('initial-refresh-token-3')
  })

  it.concurrent('takes the token that was newly flashed, not the successor of an older one', async () => {
    const old = await startTokenEndpoint(oneTime('initial-refresh-token'))
    const folder = await install(board, { token_endpoint: old.url })
    await refresh(board, folder)
    await old.close()
    const endpoint = await startTokenEndpoint(oneTime('minted-again'))
    await flash(folder, { token_endpoint: endpoint.url, refresh_token: 'minted-again' })
    expect(await refresh(board, folder)).toMatchObject({ code: 0, stdout: 'access-1\n' })
    await endpoint.close()
    expect(endpoint.received[0]?.body.get('refresh_token')).toBe('minted-again')
    expect((await slots(folder)).join()).toContain('minted-again-1')
  })

  it.concurrent('keeps the successor when the same token is flashed again', async () => {
    const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
    const folder = await install(board, { token_endpoint: endpoint.url })
    await refresh(board, folder)
    await flash(folder, { token_endpoint: endpoint.url })
    expect(await refresh(board, folder)).toMatchObject({ code: 0, stdout: 'access-2\n' })
    await endpoint.close()
  })

  it.concurrent('writes flash once for a token that stays the same, and never where the usage is keep', async () => {
    const endpoint = await startTokenEndpoint(tokens({ refresh_token: 'initial-refresh-token' }))
    const folder = await install(board, { token_endpoint: endpoint.url })
    await refresh(board, folder, { env: { BOARD_ROUNDS: '1000' } })
    expect(endpoint.received.length).toBeGreaterThan(2)
    expect(await writes(folder)).toBe(1)
    const keeping = await install(board, { token_endpoint: endpoint.url, refresh_token_usage: 'keep' })
    expect(await refresh(board, keeping)).toMatchObject({ code: 0 })
    await endpoint.close()
    await expect(writes(keeping)).rejects.toThrow(/ENOENT/)
  })

  it.concurrent('uses up no token when Preferences take nothing', async () => {
    const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
    const folder = await install(board, { token_endpoint: endpoint.url })
    const got = await refresh(board, folder, { env: { NVS_FULL: 'yes' } })
    await endpoint.close()
    expect(got).toMatchObject({ code: 1, stdout: '' })
    expect(got.stderr).toMatch(/NVS can't be written/)
    expect(endpoint.received).toEqual([])
  })

  it.concurrent('says loudly when the token that comes back is too long to be kept, and lives on it meanwhile', async () => {
    const [long, longer] = ['R'.repeat(LONGEST), 'R'.repeat(LONGEST + 1)]
    const endpoint = await startTokenEndpoint(
      tokens({ access_token: 'access-1', refresh_token: long }),
      tokens({ access_token: 'access-2', refresh_token: longer }),
      tokens({ access_token: 'access-3', refresh_token: 'short' }),
    )
    const folder = await install(board, { token_endpoint: endpoint.url })
    const got = await refresh(board, folder, { env: { BOARD_ROUNDS: '2000', BOARD_TOKENS: '2' } })
    expect(got).toMatchObject({ code: 0, stdout: 'access-1\naccess-2\n' })
    expect(got.stderr).toMatch(/WARNING: the new refresh token \(5001 characters\) can't be kept in NVS/)
    expect(await board.stored(folder)).toBe(long)
    await endpoint.close()
  })

  it.concurrent('holds as much as its entry in the table says', async () => {
    const endpoint = await startTokenEndpoint(tokens())
    const fits = await install(board, { token_endpoint: endpoint.url, refresh_token: 'T'.repeat(LONGEST) })
    expect(await refresh(board, fits)).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '' })
    const tooLong = await install(board, { token_endpoint: endpoint.url, refresh_token: 'T'.repeat(LONGEST + 1) })
    expect(await refresh(board, tooLong)).toMatchObject({ code: 1, stdout: '' })
    await endpoint.close()
    expect(endpoint.received).toHaveLength(1)
  })

  it.concurrent('reads chunks, and half of them as nothing', async () => {
    const chunked = (end: string) => (response: ServerResponse) => {
      const body = '{"access_token":"access-chunked","refresh_token":"second"}'
      response.socket?.end(
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${(20).toString(16)}\r\n${body.slice(0, 20)}\r\n${(body.length - 20).toString(16)};x=y\r\n${body.slice(20)}\r\n${end}`,
      )
    }
    const endpoint = await startTokenEndpoint(chunked('0\r\n\r\n'))
    expect(await refresh(board, await install(board, { token_endpoint: endpoint.url }))).toMatchObject({
      code: 0,
      stdout: 'access-chunked\n',
    })
    await endpoint.close()
    const half = await startTokenEndpoint(chunked(''))
    expect(await refresh(board, await install(board, { token_endpoint: half.url }))).toMatchObject({
      code: 3,
      stdout: '',
    })
    await half.close()
  })

  it.concurrent('stays silent after the token was called dead', async () => {
    const endpoint = await startTokenEndpoint(json(400, { error: 'invalid_grant' }))
    const folder = await install(board, { token_endpoint: endpoint.url })
    expect(await refresh(board, folder, { env: { BOARD_ROUNDS: '20000' } })).toMatchObject({ code: 2, stdout: '' })
    await endpoint.close()
    expect(endpoint.received).toHaveLength(1)
  })

  it.concurrent('asks ever more slowly where the provider stays away', async () => {
    const endpoint = await startTokenEndpoint(json(503, {}))
    const folder = await install(sketchWithNvs, { token_endpoint: endpoint.url })
    await refresh(sketchWithNvs, folder, { env: { BOARD_ROUNDS: '7200' } })
    await endpoint.close()
    // two hours: after 2 s, 4 s, 8 s and so on, each up to twice as long
    expect(endpoint.received.length).toBeGreaterThan(7)
    expect(endpoint.received.length).toBeLessThan(14)
  })

  it.concurrent('asks once an hour where a person must fix something', async () => {
    const endpoint = await startTokenEndpoint(json(401, { error: 'invalid_client' }))
    const folder = await install(sketchWithNvs, { token_endpoint: endpoint.url })
    await refresh(sketchWithNvs, folder, { env: { BOARD_ROUNDS: '7300' } })
    await endpoint.close()
    expect(endpoint.received.length).toBeGreaterThan(1)
    expect(endpoint.received.length).toBeLessThan(4)
  })

  it.concurrent('waits as long as the provider asks', async () => {
    const endpoint = await startTokenEndpoint(json(429, {}, { 'retry-after': '5000' }))
    const folder = await install(sketchWithNvs, { token_endpoint: endpoint.url })
    await refresh(sketchWithNvs, folder, { env: { BOARD_ROUNDS: '4900' } })
    await endpoint.close()
    expect(endpoint.received).toHaveLength(1)
  })

  it.concurrent('does not use an access token that lives 30 s beyond its time', async () => {
    const endpoint = await startTokenEndpoint(oneTimeFor(30))
    const folder = await install(sketchWithNvs, { token_endpoint: endpoint.url })
    const got = await refresh(sketchWithNvs, folder, { env: { BOARD_ROUNDS: '60' } })
    await endpoint.close()
    expect(got.code).toBe(0)
    expect(endpoint.received.length).toBeGreaterThanOrEqual(4)
    expect(endpoint.received.length).toBeLessThanOrEqual(5)
  })

  it.concurrent('gives up after 150 s, and sends the token again only later', async () => {
    const endpoint = await startTokenEndpoint(silence)
    const folder = await install(sketchWithNvs, { token_endpoint: endpoint.url })
    const began = Date.now()
    const got = await refresh(sketchWithNvs, folder, { env: { BOARD_SPEED: '100' } })
    await endpoint.close()
    expect(got).toMatchObject({ code: 3, stdout: '' })
    expect(got.stderr).toMatch(/no whole answer.*may have replaced the refresh token/)
    expect(Date.now() - began).toBeGreaterThanOrEqual(1500)
    expect(endpoint.received).toHaveLength(1)
  })

  it.concurrent('sends nothing where memory is short', async () => {
    const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
    const folder = await install(sketchWithNvs, { token_endpoint: endpoint.url })
    const got = await refresh(sketchWithNvs, folder, { env: { LOW_MEMORY: 'yes' } })
    await endpoint.close()
    expect(got).toMatchObject({ code: 3, stdout: '' })
    expect(got.stderr).toMatch(/not enough memory/)
    expect(endpoint.received).toEqual([])
  })

  it.concurrent('refreshes in a task of its own', async () => {
    const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
    const folder = await install(sketchWithNvs, { token_endpoint: endpoint.url })
    const got = await refresh(sketchWithNvs, folder, {
      env: { REFRESH_IN_TASK: '1', BOARD_ROUNDS: '2000', BOARD_TOKENS: '2' },
    })
    await endpoint.close()
    expect(got.stdout).toBe('access-1\naccess-2\n')
  })

  it.concurrent.each([
    [
      'the secret is still to be written',
      { client_secret: '<CLIENT_SECRET>' },
      /still is <CLIENT_SECRET>: write the client's secret in its place/,
    ],
    ['there is no secret for the method', { client_secret: null }, /lacks the client secret/],
    ['the method is unknown', { token_endpoint_auth_method: 'private_key_jwt' }, /must be client_secret_basic/],
    ['the endpoint is of another scheme', { token_endpoint: 'ftp://provider.example/token' }, /must begin with https:/],
    ['there is no client id', { client_id: '' }, /lacks the client id/],
    ['there is no refresh token', { refresh_token: '' }, /there is no refresh token: download/],
  ] as [string, Partial<DeviceConfigFields>, RegExp][])('says so where %s', async (_, fields, message) => {
    const got = await refresh(sketchWithNvs, await install(sketchWithNvs, fields))
    expect(got.stderr).toMatch(message)
    expect(got).toMatchObject({ code: 1, stdout: '' })
  })

  it.concurrent.each([
    ['the network is missing', '#undef SECRET_SSID\n', /Add your network to arduino_secrets\.h/],
    [
      'an old core brings no authorities',
      '#undef ESP_ARDUINO_VERSION\n#define ESP_ARDUINO_VERSION 0\n',
      /Add the provider's authority to arduino_secrets\.h as SECRET_OAUTH2_CA, or update/,
    ],
  ])('does not compile where %s', async (_, lines, message) => {
    const folder = await install(board, {})
    await appendFile(configOf(board, folder), lines)
    const got = await refresh(board, folder)
    expect(got).toMatchObject({ code: 1, stdout: '' })
    expect(got.stderr).toMatch(message)
  })
})

describeWith(board.missing ?? lacking('openssl'), 'refresh.ino, over TLS,', () => {
  let ours: Identity
  let other: Identity
  let misnamed: Identity
  beforeAll(async () => {
    ours = await identity('IP:127.0.0.1')
    other = await identity('IP:127.0.0.1')
    misnamed = await identity('DNS:provider.example')
  })

  async function outcome(served: Identity, trusted: Identity) {
    const endpoint = await startTlsTokenEndpoint(served, tokens({ refresh_token: 'second' }))
    const folder = await install(sketchWithNvs, { token_endpoint: endpoint.url })
    const got = await refresh(sketchWithNvs, folder, { env: { SSL_CERT_FILE: trusted.file } })
    await endpoint.close()
    return { ...got, stored: await sketchWithNvs.stored(folder), received: endpoint.received.length }
  }

  it('takes a certificate of an authority that the core brings', async () => {
    expect(await outcome(ours, ours)).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '', stored: 'second' })
  })

  it('takes a certificate of the authority that was added', async () => {
    const endpoint = await startTlsTokenEndpoint(ours, tokens({ refresh_token: 'second' }))
    const folder = await install(board, { token_endpoint: endpoint.url })
    await appendFile(configOf(board, folder), `#define SECRET_OAUTH2_CA ${JSON.stringify(ours.cert)}\n`)
    expect(await refresh(board, folder)).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '' })
    await endpoint.close()
  })

  it.each([
    ['of another authority', () => outcome(ours, other)],
    ['for another name', () => outcome(misnamed, misnamed)],
  ])('refuses a certificate %s, says why, and sends nothing', async (_, run) => {
    const got = await run()
    expect(got).toMatchObject({ code: 3, stdout: '', stored: 'initial-refresh-token', received: 0 })
    expect(got.stderr).toMatch(/can't connect to .*(self.signed|mismatch).*; check SECRET_OAUTH2_CA and the clock/)
  })
})

/** These write the prototypes of all functions before the first one, where not every type need be known. */
describeWith(
  board.missing ?? lacking('arduino-builder', 'arduino-ctags'),
  'refresh.ino, built by the Arduino tools,',
  () => {
    const run = promisify(execFile)
    const stubs = fileURLToPath(new URL('arduino/', import.meta.url))

    // They start g++ for every header that they look for, which takes its time on a busy machine.
    it('refreshes', async () => {
      const endpoint = await startTokenEndpoint(tokens({ refresh_token: 'second' }))
      const folder = await install(board, { token_endpoint: endpoint.url })
      const sketch = join(folder, 'refresh')
      await mkdir(sketch)
      for (const file of ['refresh.ino', 'arduino_secrets.h']) await rename(join(folder, file), join(sketch, file))
      const program = await build(join(sketch, 'refresh.ino'))
      expect((await run(program, { cwd: folder })).stdout).toBe('access-1\n')
      await endpoint.close()
      expect(await board.stored(folder)).toBe('second')
    }, 180_000)

    /** With the machine that runs the tests as the board, and the stubs as its core and a library. */
    async function build(sketch: string): Promise<string> {
      const place = await mkdtemp(join(tmpdir(), 'arduino-'))
      const [hardware, libraries, built] = [join(place, 'hardware'), join(place, 'libraries'), join(place, 'built')]
      await cp(join(stubs, 'host'), join(hardware, 'test/host'), { recursive: true })
      await cp(join(stubs, 'Arduino.h'), join(hardware, 'test/host/cores/host/Arduino.h'))
      for (const file of ['ArduinoJson.h', 'Preferences.h', 'WiFi.h', 'WiFiClientSecure.h', 'base64.h', 'json.cpp']) {
        await cp(join(stubs, file), join(libraries, 'stubs', file))
      }
      await mkdir(built)
      const platforms = ['-hardware', '/usr/share/arduino-builder', '-hardware', hardware, '-fqbn', 'test:host:board']
      const places = ['-tools', '/usr/bin', '-libraries', libraries, '-build-path', built]
      await run('arduino-builder', ['-compile', ...platforms, ...places, sketch])
      return join(built, 'board')
    }
  },
)
