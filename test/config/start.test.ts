import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { startFaultyProvider } from '../support/faulty-provider.js'
import { freePort } from '../support/free-port.js'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

let folder: string
let child: ChildProcess | null = null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-'))
})
afterEach(() => {
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

/** Starts the app in a folder of its own, and waits until it has printed this, or ended. */
async function start(env: Record<string, string>, until: RegExp) {
  if (!existsSync(MAIN)) throw new Error('there is no dist/main.js: run "npm run build" first')
  const port = String(await freePort())
  child = spawn(process.execPath, [MAIN], { cwd: folder, env: { PATH: process.env.PATH ?? '', PORT: port, ...env } })
  const { stdout, stderr } = child
  let printed = ''
  return new Promise<{ printed: string; code: number | null }>((resolve) => {
    const read = (chunk: Buffer) => {
      printed += chunk
      if (until.test(printed)) resolve({ printed, code: null })
    }
    stdout?.on('data', read)
    stderr?.on('data', read)
    child?.once('close', (code) => resolve({ printed, code }))
  })
}

const READY = /is ready.*\n {2}Settings [^\n]*\n/s

describe('the start', () => {
  it("takes the settings of a .env file that PowerShell's > wrote, and says so (motdotla/dotenv#445)", async () => {
    const provider = await startFaultyProvider()
    const lines = Object.entries(provider.env).map(([name, value]) => `${name}=${value}\r\n`)
    writeFileSync(join(folder, '.env'), `\ufeff${lines.join('')}`, 'utf16le')
    const { printed } = await start({}, READY)
    expect(printed).toContain(provider.issuer)
    expect(printed).toMatch(/Settings +from .*\.env/)
    expect(printed).toContain('OAUTH2_ISSUER, OAUTH2_CLIENT_ID, OAUTH2_CLIENT_SECRET')
    expect(printed).not.toContain(provider.clientSecret)
    expect(printed).not.toContain('(demo, built in)')
    await provider.stop()
  })

  it('names the folder that has no .env', async () => {
    const { printed } = await start({}, READY)
    expect(printed).toMatch(/Settings +no \.env in .*start-/)
    expect(printed).toContain('(demo, built in)')
  })

  it("is not hindered by other programs' variables", async () => {
    const { printed } = await start(
      { LOGLEVEL: 'x', REDIS_URI: 'x', VHOST: 'x', BASEURL: 'x', SESSION_MANAGER: 'x', OAUTH2_PROXY_CLIENT_ID: 'x' },
      READY,
    )
    expect(printed).toContain('is ready')
  })

  it('is refused with every mistake of the file at once', async () => {
    writeFileSync(join(folder, '.env'), "OAUTH2_CLIENT_SECRET=#hush\nOAUTH2_CLIENT_ID=a#hush\nSESSION_SECRT='hush'\n")
    const { printed, code } = await start({}, READY)
    expect(code).toBe(1)
    for (const name of ['OAUTH2_CLIENT_SECRET', 'OAUTH2_CLIENT_ID', 'SESSION_SECRT']) expect(printed).toContain(name)
    expect(printed).not.toContain('hush')
  })

  it('J11 of a shared site is refused while any certificate would be taken', async () => {
    const { printed, code } = await start(
      {
        BASE_URL: 'https://mint.test',
        SESSION_SECRET: '0123456789abcdef'.repeat(2),
        OAUTH2_ISSUER: 'https://kc.test/r',
        OAUTH2_CLIENT_ID: 'id',
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
      },
      READY,
    )
    expect([code, printed]).toEqual([1, expect.stringContaining('NODE_TLS_REJECT_UNAUTHORIZED is 0')])
  })

  it("says that the provider can't be reached, and goes on", async () => {
    const OAUTH2_ISSUER = `http://127.0.0.1:${await freePort()}`
    const { printed, code } = await start({ OAUTH2_ISSUER, OAUTH2_CLIENT_ID: 'id' }, READY)
    expect(code).toBeNull()
    expect(printed).toMatch(/Provider .*\n.*We can't reach .*: nothing listens there/)
  })

  it('I1 does not wait for a provider that hangs, and says so later', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const env = { OAUTH2_ISSUER: `http://127.0.0.1:${port}`, OAUTH2_CLIENT_ID: 'id' }
    const hangs = /The provider: .*did not answer/
    const { printed } = await start(env, hangs)
    expect(printed.indexOf('is ready')).toBeLessThan(printed.search(hangs))
    expect(printed.indexOf('is ready')).toBeGreaterThan(-1)
    child?.kill('SIGKILL')
    silent.close()
  })
})
