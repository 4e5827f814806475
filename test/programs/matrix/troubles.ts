import { execFileSync, spawn } from 'node:child_process'
import { chown } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { configOf, type Device, here, install, type Outcome, refresh } from '../devices.js'
import { type Identity, identity } from '../identity.js'
import {
  type Answer,
  after,
  oauthError,
  oneTime,
  startTlsTokenEndpoint,
  startTokenEndpoint,
  startTokenEndpointAt,
  text,
} from '../token-endpoint.js'

/** What happened to a device with a one-time token: how the run with the trouble ended, and the run after it. */
export interface Told {
  first: Outcome
  next: Outcome
}

/** A trouble that comes first, before all is well. */
export interface Trouble {
  name: string
  /** The exit code of the run that meets it. */
  code: number
  /** What that run says. */
  says: RegExp
  /** What this machine lacks for it. */
  needs?: string[]
  meet(device: Device): Promise<Told>
}

const FIRST = 'initial-refresh-token'
const once = { REFRESH_TRIES: '1' }

/** The provider answers like this once, and well from then on. */
const answered = (name: string, trouble: Answer, says: RegExp, code = 3): Trouble => ({
  name,
  code,
  says,
  async meet(device) {
    const endpoint = await startTokenEndpoint(trouble, oneTime(FIRST))
    const folder = await install(device, { token_endpoint: endpoint.url })
    const first = await refresh(device, folder, { env: once })
    expect(await device.stored(folder)).toBe(FIRST)
    return { first, next: await refresh(device, folder) }
  },
})

/** The good answer takes this long, and the token must not be sent again in the meantime. */
const slow = (seconds: number): Trouble => ({
  name: `an answer after ${seconds} s`,
  code: 0,
  says: /^$/,
  async meet(device) {
    let wait = seconds * 1000
    const provider = oneTime(FIRST)
    const endpoint = await startTokenEndpoint((...request) => {
      after(wait, provider)(...request)
      wait = 0
    })
    const folder = await install(device, { token_endpoint: endpoint.url })
    const first = await refresh(device, folder)
    expect(endpoint.received).toHaveLength(1)
    return { first, next: await refresh(device, folder) }
  },
})

const refused: Trouble = {
  name: 'connection refused',
  code: 3,
  says: /can't reach .*gave up after 1 tries/s,
  async meet(device) {
    const closed = await freePort()
    const folder = await install(device, { token_endpoint: `http://127.0.0.1:${closed}/token` })
    const first = await refresh(device, folder, { env: once })
    await startTokenEndpointAt(closed, oneTime(FIRST))
    return { first, next: await refresh(device, folder) }
  },
}

const ipv6: Trouble = {
  name: 'an IPv6 address that leads nowhere',
  code: 0,
  says: /^$/,
  needs: ['python3', 'unshare', 'mount'],
  async meet(device) {
    const endpoint = await startTokenEndpoint(oneTime(FIRST))
    const { port } = new URL(endpoint.url)
    const nowhere = spawn('python3', [join(here, 'matrix/leads-nowhere.py'), port], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => nowhere.stdout.once('data', resolve))
    const folder = await install(device, { token_endpoint: `http://localhost:${port}/token` })
    const hosts = `printf '::1 localhost\\n127.0.0.1 localhost\\n' >hosts && mount --bind hosts /etc/hosts && rm hosts; "$@"`
    const command = ['unshare', '-m', 'sh', '-c', hosts, 'sh', ...device.command]
    const began = Date.now()
    const first = await refresh({ ...device, command }, folder)
    expect(Date.now() - began).toBeLessThan(8000)
    nowhere.kill()
    return { first, next: await refresh(device, folder) }
  },
}

let ours: Promise<Identity> | undefined
const clock: Trouble = {
  name: 'the clock at 1970',
  code: 3,
  says: /this machine's clock says 1970.*set the clock \(NTP\)/,
  needs: ['openssl', 'faketime'],
  async meet(device) {
    ours ??= identity('IP:127.0.0.1')
    const { file, ...pair } = await ours
    const endpoint = await startTlsTokenEndpoint(pair, oneTime(FIRST))
    const folder = await install(device, { token_endpoint: endpoint.url })
    const env = { CURL_CA_BUNDLE: file, SSL_CERT_FILE: file, NODE_EXTRA_CA_CERTS: file }
    const early = { ...device, command: ['faketime', '-f', '@1970-01-02 00:00:00', ...device.command] }
    const first = await refresh(early, folder, { env })
    expect(endpoint.received).toEqual([])
    return { first, next: await refresh(device, folder, { env }) }
  },
}

/** The folder is on a small disk of its own, which these commands spoil and restore. */
const disk = (name: string, spoil: string, restore: string, says: RegExp): Trouble => ({
  name,
  code: 1,
  says,
  needs: ['unshare', 'mount'],
  async meet(device) {
    const endpoint = await startTokenEndpoint(oneTime(FIRST))
    const folder = await install(device, { token_endpoint: endpoint.url })
    const script = `mkdir /tmp/$$ && cp -p * /tmp/$$ && mount -t tmpfs -o size=256k none . && cd "$PWD" && cp -p /tmp/$$/* . && rm -r /tmp/$$
      ${spoil}; "$@" >&2; echo $? ; ${restore}; "$@"`
    const both = await refresh(
      { ...device, command: ['unshare', '-m', 'sh', '-c', script, 'sh', ...device.command] },
      folder,
    )
    expect(endpoint.received).toHaveLength(1)
    const [code, ...rest] = both.stdout.split('\n')
    return { first: { ...both, code: Number(code), stdout: '' }, next: { ...both, stdout: rest.join('\n') } }
  },
})

const rootFirst: Trouble = {
  name: 'a first run as root',
  code: 0,
  says: /^$/,
  needs: process.getuid?.() === 0 ? [] : ['root'],
  async meet(device) {
    const endpoint = await startTokenEndpoint(oneTime(FIRST))
    const folder = await install(device, { token_endpoint: endpoint.url })
    await chown(folder, 65534, 65534)
    await chown(configOf(device, folder), 65534, 65534)
    const [first, next] = [await refresh(device, folder), await refresh(device, folder, { uid: 65534 })]
    return { first, next }
  },
}

const twoAtOnce: Trouble = {
  name: 'two runs at once',
  code: 0,
  says: /^$/,
  async meet(device) {
    const endpoint = await startTokenEndpoint(oneTime(FIRST, 700))
    const folder = await install(device, { token_endpoint: endpoint.url })
    const [first, next] = await Promise.all([refresh(device, folder), refresh(device, folder)])
    return { first, next }
  },
}

const portal = text(200, '<html><title>Welcome to our WiFi</title></html>', { 'content-type': 'text/html' })
const elsewhere = /did not answer with tokens/

export const TROUBLES: readonly Trouble[] = [
  answered('captive portal', portal, elsewhere),
  answered('302', text(302, '', { location: 'http://127.0.0.1:9/' }), /status 302/),
  answered('403', text(403, 'Forbidden'), /status 403/),
  answered('404', text(404, 'Not Found'), /status 404/),
  answered('408', text(408, ''), /answered 408/),
  answered('429', text(429, '', { 'retry-after': '1' }), /answered 429/),
  answered('503', text(503, '<h1>Maintenance</h1>'), /answered 503/),
  answered('`temporarily_unavailable`', oauthError(400, 'temporarily_unavailable'), /temporarily_unavailable/),
  answered('user disabled for a while', oauthError(400, 'invalid_grant', 'User disabled'), /for now/, 1),
  slow(22),
  slow(90),
  refused,
  ipv6,
  clock,
  disk('full disk', 'dd if=/dev/zero of=filler bs=1k 2>/dev/null', 'rm filler', /No space|ENOSPC/),
  disk('read-only disk', 'mount -o remount,ro .', 'mount -o remount,rw .', /disk is read-only/),
  rootFirst,
  twoAtOnce,
]

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Root may mount something in most places, but not in an ordinary container. */
export function lackingMount(): string | null {
  try {
    execFileSync('unshare', ['-m', 'mount', '--bind', '/tmp', '/tmp'], { stdio: 'ignore' })
    return null
  } catch {
    return 'the right to mount'
  }
}
