import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from '@jest/globals'
import { strangersOnOurPort } from '../../server/process/port-squatters.js'
import { startApp } from '../support/app.js'
import { freePort } from '../support/free-port.js'
import { describeWith } from '../support/tools.js'
import { authorize, startFakeProvider } from './fake-provider.js'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

let stranger: Server | null = null
afterEach(() => void stranger?.close())

/** Somebody who listens there and talks about something else. */
async function startStranger(host: string, port: number): Promise<void> {
  stranger = createServer((socket) => void socket.end('220 mail.example.org ESMTP\r\n'))
  await new Promise<void>((resolve) => stranger?.listen({ host, port, ipv6Only: true }, resolve))
}

describe('strangersOnOurPort', () => {
  it('finds nobody where nobody listens, and not this app itself', async () => {
    const port = await freePort()
    const baseUrl = `http://localhost:${port}`
    const before = await strangersOnOurPort({ baseUrl, port })
    const app = await startApp({}, { port })
    const beside = await strangersOnOurPort({ baseUrl, port })
    await app.close()
    expect([before, beside]).toEqual([[], []])
  })

  it.each(['127.0.0.1', '::1'])('finds whoever else listens on %s', async (host) => {
    const port = await freePort()
    await startStranger(host, port)
    const found = await strangersOnOurPort({ baseUrl: `http://localhost:${port}`, port })
    expect(found).toEqual([host === '::1' ? `[::1]:${port}` : `127.0.0.1:${port}`])
  })
})

describe('a stranger that answers letter by letter', () => {
  it('is found in a few seconds', async () => {
    const port = await freePort()
    stranger = createServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const drip = setInterval(() => socket.write('.'), 100)
      socket.on('close', () => clearInterval(drip)).on('error', () => {})
    })
    await new Promise<void>((resolve) => stranger?.listen({ host: '127.0.0.1', port }, resolve))
    const started = performance.now()
    expect(await strangersOnOurPort({ baseUrl: `http://localhost:${port}`, port })).toEqual([`127.0.0.1:${port}`])
    expect(performance.now() - started).toBeLessThan(8_000)
  })
})

describeWith(existsSync(MAIN) ? null : 'npm run build', 'npm run doctor', () => {
  function doctor(env: Record<string, string>): Promise<{ code: number | null; out: string; err: string }> {
    const { PATH = '' } = process.env
    const child = spawn(process.execPath, [MAIN, 'check'], { env: { PATH, ...env }, cwd: '/' })
    let out = ''
    let err = ''
    child.stdout.on('data', (text) => (out += text))
    child.stderr.on('data', (text) => (err += text))
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
  }

  it('checks the demo provider of the site that runs at PORT, and exits 0', async () => {
    const app = await startApp()
    const { code, out, err } = await doctor({ PORT: String(app.port) })
    expect([code, err]).toEqual([0, ''])
    const titles = [...out.matchAll(/^pass {5}(.*)$/gm)].map(([, title]) => title)
    expect(titles).toEqual([
      "The provider's addresses",
      'Client, callback URL and scope',
      'Client secret',
      'Introspection, revocation and keys',
      "This machine's clock",
    ])
    await app.close()
  })

  it('offers no commands for a Keycloak at the demo provider, which is none', async () => {
    const app = await startApp()
    const env = { OAUTH2_ISSUER: `${app.url}/realms/organicity`, OAUTH2_CLIENT_ID: 'another' }
    const { out } = await doctor({ ...env, PORT: String(await freePort()) })
    expect(out).toContain("Client not found. The demo's client_id is sensor.")
    expect(out).not.toContain('kcadm')
    await app.close()
  })

  it('exits 1 where nothing is set and no site runs, and says what to start', async () => {
    const { code, err } = await doctor({ PORT: String(await freePort()) })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/run node .*main\.js init/) })
  })

  it('exits 1 and names the switch where something is wrong', async () => {
    const provider = await startFakeProvider({ '/auth': authorize({ client: 'another' }) })
    const { code, out } = await doctor({ ...provider.env, PORT: String(await freePort()) })
    expect(code).toBe(1)
    expect(out).toMatch(/fail {5}Client, callback URL and scope\n[^\n]+\n +→ Check OAUTH2_CLIENT_ID/)
    await provider.close()
  })

  it('exits 1 where somebody else listens on our port', async () => {
    const provider = await startFakeProvider()
    const port = await freePort()
    await startStranger('::1', port)
    const { code, out } = await doctor({ ...provider.env, PORT: String(port) })
    expect(code).toBe(1)
    expect(out).toContain(`Another program listens on [::1]:${port}`)
    await provider.close()
  })

  it('exits 1 and lists the mistakes in the settings', async () => {
    const { code, err } = await doctor({ OAUTH2_CLIENT_ID: 'x', OAUTH2_ISSUER: 'nonsense' })
    expect(code).toBe(1)
    expect(err).toContain('OAUTH2_ISSUER')
    expect(err).not.toMatch(/^ {4}at /m)
  })
})
