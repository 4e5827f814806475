import { execFile } from 'node:child_process'
import { appendFile, cp, mkdir, mkdtemp, readFile, rename, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from '@jest/globals'
import type { DeviceConfigFields } from '../../server/device-config/fields.js'
import { writeDeviceConfig } from '../../server/device-config/formats.js'
import { PROGRAMS } from '../../server/device-config/programs.js'
import { describeWith, lacking } from '../support/tools.js'
import { about, configOf, DEVICES, type Device, FIELDS, install, refresh } from './devices.js'
import { json, oneTime, startTokenEndpoint, tokens } from './token-endpoint.js'

const board = DEVICES.find(({ program }) => program === 'arduino-program') as Device

describeWith(board.missing, 'refresh.ino', () => {
  const record = (folder: string) => readFile(join(folder, 'nvs-oauth2/token'), 'utf8')
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
    expect(await refresh(board, folder, { env: { BOARD_ROUNDS: '2' } })).toMatchObject({
      code: 0,
      stdout: 'access-1\naccess-2\n',
    })
    expect(await refresh(board, folder)).toMatchObject({ code: 0, stdout: 'access-3\n' })
    await endpoint.close()
    expect(await record(folder)).toMatch(/^[0-9a-f]{16} initial-refresh-token-3$/)
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
    expect(await record(folder)).toMatch(/ minted-again-1$/)
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
    await refresh(board, folder, { env: { BOARD_ROUNDS: '3' } })
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
    expect(got.stderr).toMatch(/Preferences can't be written/)
    expect(endpoint.received).toEqual([])
  })

  it.concurrent('says loudly when the token that comes back is too long to be kept, and lives on it meanwhile', async () => {
    const [long, longer] = ['R'.repeat(3982), 'R'.repeat(3983)]
    const endpoint = await startTokenEndpoint(
      tokens({ refresh_token: long }),
      tokens({ refresh_token: longer }),
      tokens(),
    )
    const folder = await install(board, { token_endpoint: endpoint.url })
    const got = await refresh(board, folder, { env: { BOARD_ROUNDS: '3' } })
    await endpoint.close()
    expect(got).toMatchObject({ code: 0, stdout: 'access-1\naccess-1\naccess-1\n' })
    expect(got.stderr).toMatch(/WARNING: the new refresh token could not be kept in Preferences \(3983 characters\)/)
    expect(endpoint.received.map(({ body }) => body.get('refresh_token'))).toEqual([
      'initial-refresh-token',
      long,
      longer,
    ])
    expect(await record(folder)).toHaveLength(3999)
  })

  it.concurrent('holds as much as its entry in the table says', async () => {
    const most = PROGRAMS.find(({ id }) => id === 'arduino-program')?.maxTokenLength?.characters ?? 0
    const endpoint = await startTokenEndpoint(tokens())
    const fits = await install(board, { token_endpoint: endpoint.url, refresh_token: 'T'.repeat(most) })
    expect(await refresh(board, fits)).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '' })
    await endpoint.close()
    const tooLong = await install(board, { refresh_token: 'T'.repeat(most + 1) })
    const got = await refresh(board, tooLong)
    expect(got.stderr).toMatch(/This refresh token is too long to be kept in Preferences/)
    expect(got.code).toBe(1)
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
      code: 1,
      stdout: '',
    })
    await half.close()
  })

  it.concurrent('stays silent after the token was called dead', async () => {
    const endpoint = await startTokenEndpoint(json(400, { error: 'invalid_grant' }))
    const folder = await install(board, { token_endpoint: endpoint.url })
    expect(await refresh(board, folder, { env: { BOARD_ROUNDS: '3' } })).toMatchObject({ code: 2, stdout: '' })
    await endpoint.close()
    expect(endpoint.received).toHaveLength(1)
  })

  it.concurrent.each([
    ['the authorities of the core', '', /TLS to provider\.example:8443, trusting the bundle, for 1 s/],
    [
      'the authority that was added',
      '#define SECRET_OAUTH2_CA "-----BEGIN"\n',
      /TLS to provider\.example:8443, trusting -----BEGIN, for 1 s/,
    ],
  ])('trusts %s', async (_, line, message) => {
    const folder = await install(board, { token_endpoint: 'https://provider.example:8443/token' })
    await appendFile(configOf(board, folder), line)
    const got = await refresh(board, folder, { env: { REFRESH_TRIES: '1', REFRESH_TIMEOUT: '1' } })
    expect(got.code).toBe(3)
    expect(got.stderr).toMatch(message)
    expect(got.stderr).toMatch(/a certificate that is not trusted looks the same: check SECRET_OAUTH2_CA/)
  })

  it.concurrent.each([
    [
      'the secret is still to be written',
      { client_secret: '<CLIENT_SECRET>' },
      '',
      /still is <CLIENT_SECRET>: write the client's secret in its place/,
    ],
    ['there is no secret for the method', { client_secret: null }, '', /lacks SECRET_OAUTH2_CLIENT_SECRET/],
    [
      'nobody knows the method',
      { token_endpoint_auth_method: 'private_key_jwt' },
      '',
      /must be client_secret_basic, client_secret_basic_raw/,
    ],
    [
      'the endpoint is of another scheme',
      { token_endpoint: 'ftp://provider.example/token' },
      '',
      /must begin with https:/,
    ],
    ['there is no refresh token', { refresh_token: '' }, '', /lacks SECRET_OAUTH2_REFRESH_TOKEN/],
    [
      'a line is gone',
      {},
      '#undef SECRET_OAUTH2_CLIENT_ID\n',
      /arduino_secrets\.h lacks SECRET_OAUTH2_TOKEN_ENDPOINT, _CLIENT_ID or/,
    ],
    ['the network is not told', {}, '#undef SECRET_SSID\n', /Add your network to arduino_secrets\.h/],
    [
      'an old core brings no authorities',
      {},
      '#undef ESP_ARDUINO_VERSION\n#define ESP_ARDUINO_VERSION 0\n',
      /Add the provider's authority to arduino_secrets\.h as SECRET_OAUTH2_CA, or update/,
    ],
  ] as [string, Partial<DeviceConfigFields>, string, RegExp][])(
    'does not compile where %s',
    async (_, fields, lines, message) => {
      const folder = await install(board, fields)
      await appendFile(configOf(board, folder), lines)
      const got = await refresh(board, folder)
      expect(got).toMatchObject({ code: 1, stdout: '' })
      expect(got.stderr).toMatch(message)
    },
  )
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
      for (const file of [
        'ArduinoJson.h',
        'HTTPClient.h',
        'Preferences.h',
        'WiFi.h',
        'WiFiClientSecure.h',
        'json.cpp',
      ]) {
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
