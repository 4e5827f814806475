import { copyFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { connect as connectTo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { beforeAll, expect, it } from '@jest/globals'
import { describeWith, lacking } from '../support/tools.js'
import { micropython, sketchWithNvs } from './boards.js'
import { type Device, install, type Outcome, refresh } from './devices.js'
import { type Identity, identity } from './identity.js'
import {
  type Answer,
  halfAnAnswer,
  json,
  oauthError,
  oneTime,
  startTlsTokenEndpoint,
  startTokenEndpoint,
  text,
} from './token-endpoint.js'

/** How many times faster than ours the boards' clocks go: what a board waits 90 s for takes 4.5 s here. */
const SPEED = 20
const seconds = (count: number) => (count * 1000) / SPEED

/** Runs until there is an access token: the sketch by itself, MicroPython's program as often as it says "later". */
async function untilToken(board: Device, folder: string, env: Record<string, string> = {}): Promise<Outcome> {
  const settings = { BOARD_SPEED: String(SPEED), BOARD_ROUNDS: '20000', BOARD_TOKENS: '1', ...env }
  for (let run = 1; ; run++) {
    const got = await refresh(board, folder, { env: settings })
    if (got.code !== 3 || run === 5) return got
  }
}

const alive = { code: 0, stdout: 'access-1\n' }

for (const board of [micropython, sketchWithNvs]) {
  describeWith(board.missing, `${board.name}, with a one-time token,`, () => {
    /** Each trouble first, then the good answer. */
    it.concurrent.each([
      ['a captive portal', text(200, '<html>Welcome to our WiFi</html>')],
      ['302', text(302, '', { location: 'http://127.0.0.1:1/' })],
      ['403', text(403, 'Forbidden')],
      ['404', text(404, 'Not found')],
      ['408', text(408, '')],
      ['429', json(429, {})],
      ['503', text(503, '<h1>Maintenance</h1>')],
      ['temporarily_unavailable', oauthError(400, 'temporarily_unavailable')],
      ['server_error', oauthError(500, 'server_error')],
      ['a connection that breaks off', halfAnAnswer],
    ])('lives on after %s', async (_, trouble) => {
      const good = oneTime('initial-refresh-token')
      const endpoint = await startTokenEndpoint(trouble, trouble, good)
      const folder = await install(board, { token_endpoint: endpoint.url })
      expect(await untilToken(board, folder)).toMatchObject(alive)
      await endpoint.close()
      expect(endpoint.received).toHaveLength(3)
      expect(await board.stored(folder)).toBe('initial-refresh-token-1')
    })

    it.concurrent.each([22, 90])('waits for an answer that takes %i s, and sends nothing twice', async (duration) => {
      const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token', seconds(duration)))
      const folder = await install(board, { token_endpoint: endpoint.url })
      expect(await untilToken(board, folder)).toMatchObject({ ...alive, stderr: '' })
      await endpoint.close()
      expect(endpoint.received).toHaveLength(1)
      expect(await board.stored(folder)).toBe('initial-refresh-token-1')
    })

    it.concurrent('lives on after a refused connection', async () => {
      const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
      const port = await freePort()
      const folder = await install(board, { token_endpoint: `http://127.0.0.1:${port}/token` })
      const refused = await refresh(board, folder, { env: { BOARD_SPEED: String(SPEED) } })
      expect(refused).toMatchObject({ code: 3, stdout: '' })
      expect(refused.stderr).toMatch(/can't connect to 127\.0\.0\.1/)
      const door = await forward(port, Number(new URL(endpoint.url).port))
      expect(await untilToken(board, folder)).toMatchObject(alive)
      door.close()
      await endpoint.close()
      expect(await board.stored(folder)).toBe('initial-refresh-token-1')
    })
  })

  describeWith(board.missing ?? lacking('openssl', 'faketime'), `${board.name}, when its clock`, () => {
    let ours: Identity
    beforeAll(async () => {
      ours = await identity('IP:127.0.0.1')
    })

    it('stands at 1970, sends nothing until it is set, and lives on', async () => {
      const endpoint = await startTlsTokenEndpoint(ours, oneTime('initial-refresh-token'))
      const folder = await install(board, { token_endpoint: endpoint.url })
      await copyFile(ours.file, join(folder, 'ca.pem'))
      const trust = { SSL_CERT_FILE: ours.file }
      const early = await refresh(inThePast(board), folder, { env: { ...trust, BOARD_CLOCK: LONG_AGO } })
      expect(early).toMatchObject({ code: 3, stdout: '' })
      expect(early.stderr).toMatch(/clock/)
      expect(endpoint.received).toEqual([])
      expect(await untilToken(board, folder, trust)).toMatchObject(alive)
      await endpoint.close()
      expect(await board.stored(folder)).toBe('initial-refresh-token-1')
    })
  })
}

const LONG_AGO = '1970-01-02 00:00:00'
const inThePast = (board: Device): Device =>
  board === micropython ? { ...board, command: ['faketime', LONG_AGO, ...board.command] } : board

/** Takes the last used token once more for a while, as many providers do. */
function withGrace(first: string): Answer {
  let [used, current] = ['', first]
  let issued = 0
  return (response, received) => {
    const sent = received.body.get('refresh_token') ?? ''
    if (sent !== current && sent !== used) return oauthError(400, 'invalid_grant', 'Stale token')(response, received)
    if (sent === current) [used, current] = [current, `${first}-${++issued}`]
    json(200, { access_token: `access-${issued}`, refresh_token: current })(response, received)
  }
}

describeWith(sketchWithNvs.missing, `${sketchWithNvs.name}, when the power is cut`, () => {
  // At the first run the first three writes are the trial before the request, the others come with the answer.
  it.concurrent.each([
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 0],
    [5, 0],
    [6, 0],
    [1, 1],
    [2, 1],
    [3, 1],
    [1, 2],
    [2, 2],
    [3, 2],
  ])('at write number %i after %i good runs, has a whole token and lives on', async (write, runs) => {
    const endpoint = await startTokenEndpoint(withGrace('token'))
    const folder = await install(sketchWithNvs, { token_endpoint: endpoint.url, refresh_token: 'token' })
    for (let run = 1; run <= runs; run++) expect((await refresh(sketchWithNvs, folder)).code).toBe(0)
    expect((await refresh(sketchWithNvs, folder, { env: { POWER_CUT: String(write) } })).code).toBe(99)
    const [before, after] = [runs === 0 ? 'token' : `token-${runs}`, `token-${runs + 1}`]
    expect([before, after]).toContain(await sketchWithNvs.stored(folder))
    expect((await untilToken(sketchWithNvs, folder)).code).toBe(0)
    await endpoint.close()
  })

  it.concurrent('loses nothing where the record was written, though the provider takes no token twice', async () => {
    const endpoint = await startTokenEndpoint(oneTime('initial-refresh-token'))
    const folder = await install(sketchWithNvs, { token_endpoint: endpoint.url })
    // each time at the end of the run's last write: the record is there, but the access token was never printed
    for (const last of ['6', '3']) {
      expect((await refresh(sketchWithNvs, folder, { env: { POWER_CUT: last } })).code).toBe(99)
    }
    expect(await untilToken(sketchWithNvs, folder)).toMatchObject({ code: 0, stdout: 'access-3\n' })
    await endpoint.close()
    expect(await sketchWithNvs.stored(folder)).toBe('initial-refresh-token-3')
  })
})

async function freePort(): Promise<number> {
  const server = await listening(createServer(), 0)
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** What comes to one port goes to the other. */
const forward = (from: number, to: number): Promise<Server> =>
  listening(
    createServer((socket) => {
      const other = connectTo(to, '127.0.0.1')
      socket.on('error', () => other.destroy()).pipe(other)
      other.on('error', () => socket.destroy()).pipe(socket)
    }),
    from,
  )

const listening = (server: Server, port: number) =>
  new Promise<Server>((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)))
