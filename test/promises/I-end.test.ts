import { connect, type Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { startFaultyProvider } from '../support/faulty-provider.js'
import { silence } from '../support/misbehaviour.js'
import { rawHeaders, rawRequest, statusOf } from '../support/raw-request.js'
import { type Replica, startProcess } from '../support/site.js'
import { slow } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'
import { pause } from '../support/wait.js'
import { JSON_PLEASE, outcome, refresh, tokensOf } from './rig.js'

const METADATA = '/.well-known/openid-configuration'

/** Asks until it holds, for half a minute. */
async function until(holds: () => Promise<boolean>): Promise<number> {
  const started = performance.now()
  while (!(await holds())) {
    if (performance.now() - started > 30_000) throw new Error('it did not come about within 30 s')
    await pause(200)
  }
  return performance.now() - started
}

/** A process that is up in time, beyond what one takes that needs no provider: this machine may be busy with other things. */
async function startWithin(milliseconds: number, env: Record<string, string>): Promise<Replica> {
  const timed = async (which: Record<string, string>) => {
    const started = performance.now()
    return { app: await startProcess(which), took: performance.now() - started }
  }
  for (let tries = 1; ; tries += 1) {
    const bare = await timed({})
    await bare.app.end('SIGKILL')
    const { app, took } = await timed(env)
    if (took - bare.took < milliseconds) return app
    await app.end('SIGKILL')
    if (tries === 3) throw new Error(`it took ${Math.round(took)} ms to start, and ${Math.round(bare.took)} without`)
  }
}

describe('the app', () => {
  it('I1 starts without its provider, says so, recovers by itself, and shows tokens when it is gone again', async () => {
    for (const away of ['down', 'hanging'] as const) {
      const provider = await startFaultyProvider()
      if (away === 'down') await provider.stop()
      else provider.at(METADATA, silence)
      const app = await startWithin(2_000, provider.env)
      const visitor = new Visitor({ url: `http://localhost:${app.port}` })
      expect((await visitor.get('/healthz')).status).toBe(200)
      expect((await visitor.get('/')).status).toBe(200)
      const asked = performance.now()
      const ready = await visitor.get('/readyz')
      expect([away, ready.status, ready.json.reasons.length]).toEqual([away, 503, 1])
      // Five seconds is what discovery may take: whoever asks for readiness is not made to wait for it.
      expect(performance.now() - asked).toBeLessThan(4_000)
      expect(outcome(await visitor.get('/auth/oauth2', JSON_PLEASE))).toMatch(/^50[24] provider_/)

      if (away === 'down') await provider.start()
      else provider.mend()
      await until(async () => (await visitor.get('/readyz')).status === 200)
      expect((await visitor.signIn('', '')).status).toBe(200)
      const { refresh_token } = await tokensOf(visitor)
      await provider.stop()
      expect(outcome(await refresh(visitor))).toBe('502 provider_unreachable')
      expect((await visitor.get('/profile')).text).toContain(refresh_token)
      expect((await visitor.get('/readyz')).status).toBe(200)
      await app.end('SIGKILL')
    }
  }, 90_000)

  it('I1 recovers without being asked', async () => {
    const provider = await startFaultyProvider()
    await provider.stop()
    const app = await startProcess(provider.env)
    await pause(1_500)
    await provider.start()
    await until(async () => (provider.counts[METADATA] ?? 0) > 0)
    await app.end('SIGKILL')
    await provider.stop()
  }, 40_000)

  slow(
    'I8 serves others while sockets are held half-open, and ends those; refuses what is too large',
    async () => {
      const app = await startProcess({})
      const { port } = app
      const visitor = new Visitor({ url: `http://localhost:${port}` })
      const held: { socket: Socket; said: string; closed: boolean }[] = []
      for (let one = 0; one < 500; one += 1) {
        const socket = connect(port, '127.0.0.1', () =>
          socket.write(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\nX-Slow: `),
        )
        const entry = { socket, said: '', closed: false }
        socket.on('data', (chunk) => {
          entry.said += chunk
        })
        socket.on('error', () => {})
        socket.on('close', () => {
          entry.closed = true
        })
        held.push(entry)
      }
      const served = await Promise.all(Array.from({ length: 20 }, () => visitor.get('/')))
      expect(served.every(({ status }) => status === 200)).toBe(true)
      // Ten seconds for the headers, and two to notice; Node by itself looks every thirty.
      expect(await until(async () => held.every(({ closed }) => closed))).toBeLessThan(20_000)
      expect(new Set(held.map(({ said }) => statusOf(said)))).toEqual(new Set([408]))

      const size = 10_000_000
      const big = await rawRequest(
        port,
        `${rawHeaders('POST /auth/token HTTP/1.1', `Host: localhost:${port}`, 'Sec-Fetch-Site: same-origin', 'Accept: application/json', 'Content-Type: application/x-www-form-urlencoded', `Content-Length: ${size}`)}refresh_token=${'x'.repeat(size - 14)}`,
      )
      expect(statusOf(big)).toBe(413)
      expect(big).toContain('payload_too_large')
      const bigger = await visitor.post('/auth/token', { refresh_token: 'x'.repeat(200_000) }, JSON_PLEASE)
      expect(outcome(bigger)).toBe('413 payload_too_large')
      expect((await visitor.get('/healthz')).status).toBe(200)
      await app.end('SIGKILL')
    },
    60_000,
  )
})
