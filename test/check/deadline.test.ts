import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { freePort } from '../support/free-port.js'
import { byHand, CLIENT, type FakeProvider, type Handler, page, startFakeProvider } from './fake-provider.js'
import { type Ran, runCheck } from './run-check.js'

const WHOLE = 10_000

describe('the set-up check of a provider that is down', () => {
  it('says at once what was not reached', async () => {
    const issuer = `http://127.0.0.1:${await freePort()}`
    const { ok, results, found, took } = await runCheck({ OAUTH2_ISSUER: issuer, OAUTH2_CLIENT_ID: 'x' })
    expect(results).toEqual({
      discovery: 'fail',
      authorization_request: 'unknown',
      client_authentication: 'unknown',
      endpoints: 'unknown',
      clock: 'unknown',
    })
    expect(found.discovery?.message).toContain('nothing listens there')
    expect(found.client_authentication?.accepted).toEqual([])
    expect(ok).toBe(false)
    expect(took).toBeLessThan(2_000)
  })

  it('fails what it asks by endpoints that are set', async () => {
    const origin = `http://127.0.0.1:${await freePort()}`
    const { ok, found } = await runCheck({
      OAUTH2_AUTHORIZATION_ENDPOINT: `${origin}/auth`,
      OAUTH2_TOKEN_ENDPOINT: `${origin}/token`,
      OAUTH2_CLIENT_ID: 'x',
    })
    expect(found.authorization_request?.result).toBe('fail')
    expect(found.client_authentication?.result).toBe('fail')
    expect(ok).toBe(false)
  })
})

describe('the set-up check of a provider that hangs ends within 10 seconds', () => {
  const never: Handler = () => {}
  const drip: Handler = ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 200)
    response.on('close', () => clearInterval(timer))
  }
  const slow: Handler = (asked) => void setTimeout(() => page(302, '', { location: '/auth' })(asked), 2_500)
  const silent = createServer((socket) => void socket.resume().on('error', () => {}))
  const providers: FakeProvider[] = []

  async function checkAt(handlers: Record<string, Handler>, settings = ({ env }: FakeProvider) => env): Promise<Ran> {
    const provider = await startFakeProvider(handlers)
    providers.push(provider)
    return runCheck(settings(provider))
  }

  // All at once: each takes as long as it may.
  let mute: Ran
  let dripping: Ran
  let half: Ran
  let inCircles: Ran
  beforeAll(async () => {
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    ;[mute, dripping, half, inCircles] = await Promise.all([
      runCheck({ OAUTH2_ISSUER: `http://127.0.0.1:${port}`, OAUTH2_CLIENT_ID: 'x' }),
      checkAt({ '*': drip }, (provider) => ({ ...byHand(provider), OAUTH2_ISSUER: provider.issuer })),
      checkAt({ '/token': never, '/revoke': never }, ({ env }) => ({ ...env, OAUTH2_CLIENT_SECRET: 'plain' })),
      checkAt({ '/auth': slow }),
    ])
  }, 30_000)
  afterAll(async () => {
    silent.close()
    await Promise.all(providers.map((provider) => provider.close()))
  })

  it('where it takes connections and never says a word', () => {
    expect(mute.results.discovery).toBe('fail')
    expect(mute.ok).toBe(false)
    expect(mute.took).toBeLessThan(WHOLE)
  })

  it('where every answer comes byte by byte', () => {
    expect(Object.values(dripping.results)).not.toContain('pass')
    expect(dripping.took).toBeLessThan(WHOLE)
  })

  it('and tells what was reached beside what was not', () => {
    expect(half.results).toMatchObject({
      discovery: 'pass',
      authorization_request: 'pass',
      client_authentication: 'fail',
      endpoints: 'warn',
      clock: 'pass',
    })
    expect(half.ok).toBe(false)
    expect(half.took).toBeLessThan(WHOLE)
  })

  it('where a redirect is slow, hop by hop', () => {
    expect(inCircles.found.authorization_request).toMatchObject({
      result: 'unknown',
      message: expect.stringContaining('too slow'),
    })
    expect(inCircles.took).toBeLessThan(WHOLE)
  })
})

describe('a page made to be slow to read', () => {
  it('does not slow the check down', async () => {
    const provider = await startFakeProvider({ '/auth': page(200, '<script'.repeat(60_000) + CLIENT.id) })
    const { took } = await runCheck(provider.env)
    expect(took).toBeLessThan(3_000)
    await provider.close()
  })
})
