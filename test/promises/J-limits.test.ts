import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { type RunningApp, startApp } from '../support/app.js'
import { type Balancer, startBalancer } from '../support/balancer.js'
import { type Certificate, makeCertificate } from '../support/certificate.js'
import { startFaultyProvider } from '../support/faulty-provider.js'
import { type RotatingProvider, startRotatingProvider } from '../support/rotating-provider.js'
import { Colleague, HOST, siteEnv } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'

const SIGN_INS = 120

describeWith(lacking('openssl'), 'limits of a shared site', () => {
  let certificate: Certificate
  let provider: RotatingProvider
  let app: RunningApp
  let balancer: Balancer

  beforeEach(async () => {
    certificate = makeCertificate()
    provider = await startRotatingProvider(certificate)
  })
  afterEach(async () => {
    await balancer?.close()
    await app?.close()
    await provider.close()
  })

  /** @param trusted TRUST_PROXY; the balancer asks from 127.0.0.1 */
  async function start(trusted: string): Promise<void> {
    app = await startApp(siteEnv({ provider, certificate, env: { TRUST_PROXY: trusted } }))
    balancer = await startBalancer(HOST, [app.port])
  }

  const person = (name = 'ann') => new Colleague({ url: balancer.url }, provider, name)

  /** The address that the app takes a request for which this was sent as X-Forwarded-For. */
  async function seenAs(forwarded: string): Promise<unknown> {
    await person().get('/', { 'x-client': forwarded })
    const line = app.logged.map((one) => JSON.parse(one)).findLast(({ msg, path }) => msg === 'request' && path === '/')
    return line.address
  }

  it('J12 the port of an address is dropped', async () => {
    await start('127.0.0.1')
    expect(await seenAs('192.0.2.9:5678')).toBe('192.0.2.9')
    expect(await seenAs('[2001:db8::9]:5678')).toBe('2001:db8::9')
    expect(await seenAs('2001:db8::9')).toBe('2001:db8::9')
    expect(await seenAs('unknown')).toMatch(/127\.0\.0\.1$/)
    const one = person()
    const statuses = new Set<number>()
    for (let port = 1; port <= SIGN_INS + 1; port++) {
      statuses.add((await one.get('/auth/oauth2', { 'x-client': `192.0.2.8:${port}` })).status)
    }
    expect([...statuses]).toEqual([302, 429])
  })

  it.each([
    ['the proxy alone', '127.0.0.1', '203.0.113.6, 192.0.2.9', '192.0.2.9'],
    ['a client inside the network of the proxies', '127.0.0.0/8', '203.0.113.6, 127.1.2.3', '127.1.2.3'],
    [
      'a client inside it, and more than one address made up',
      '127.0.0.0/8',
      '127.0.0.9, 127.0.0.8, 127.1.2.3',
      '127.1.2.3',
    ],
    ['two proxies', '127.0.0.1,10.0.0.0/8', '203.0.113.6, 192.0.2.9, 10.1.2.3', '192.0.2.9'],
    [
      'two proxies, and a client inside the network',
      '127.0.0.1,10.0.0.0/8',
      '203.0.113.6, 10.9.9.9, 10.1.2.3',
      '10.9.9.9',
    ],
    ['a named range', 'loopback', '203.0.113.6, 192.0.2.9', '192.0.2.9'],
    ['what is no address before the client', '127.0.0.1,10.0.0.0/8', '192.0.2.9, nonsense, 10.1.2.3', '10.1.2.3'],
  ])('J12 only the listed proxies are believed: %s', async (_, trusted, forwarded, expected) => {
    await start(trusted)
    expect(await seenAs(forwarded)).toBe(expected)
  })

  it('J12 nobody else is believed', async () => {
    await start('192.0.2.1')
    expect(await seenAs('203.0.113.6')).toMatch(/127\.0\.0\.1$/)
  })

  it('J12 thirty people behind one address sign in within a minute, and test, refresh and take their files', async () => {
    await start('127.0.0.1')
    provider.rotates = false
    const behind = { 'x-client': '192.0.2.7' }
    for (let i = 0; i < 30; i++) {
      const one = person(`person-${i}`)
      const begin = await one.get('/auth/oauth2', behind)
      const { pathname, search } = new URL(provider.authorize(String(begin.headers.get('location')), one.name))
      expect((await one.get(pathname + search, behind)).status).toBe(303)
      for (let times = 0; times < 3; times++) {
        expect((await one.post('/auth/refresh', {}, behind)).status).toBe(303)
        expect((await one.get('/profile/device-config/json', behind)).status).toBe(200)
      }
    }
  }, 60_000)

  it('J12 what another site sends is refused before it counts', async () => {
    await start('127.0.0.1')
    const one = person()
    await one.come()
    const posts: [string, number][] = [
      ['/auth/token', 60],
      ['/auth/check', 20],
      ['/auth/refresh', 20],
      ['/auth/revoke', 20],
    ]
    for (const [path, perMinute] of posts) {
      for (let i = 0; i <= perMinute; i++) {
        const refused = await one.post(path, {}, { 'sec-fetch-site': 'cross-site' })
        expect([path, refused.status]).toEqual([path, 403])
      }
      expect([path, (await one.post(path)).status]).not.toEqual([path, 429])
    }
  }, 60_000)

  it('J12 each limit holds, and says how long to wait', async () => {
    await start('127.0.0.1')
    provider.rotates = false
    const one = person()
    await one.come()
    const limits: [() => Promise<{ status: number; headers: Headers }>, number][] = [
      [() => one.get('/auth/oauth2/callback?state=x'), SIGN_INS - 1],
      [() => one.post('/auth/token', { refresh_token: '' }), 60],
      [() => person('stranger').post('/auth/check', {}, { 'x-client': '192.0.2.6' }), 20],
      [() => one.post('/auth/check'), 20],
      [() => one.post('/auth/refresh'), 20],
      [() => one.post('/auth/prove', { reuse: 'no' }), 20],
      [() => one.get('/profile/device-config'), 120],
      [() => one.post('/auth/revoke'), 20],
    ]
    for (const [ask, perMinute] of limits) {
      for (let i = 0; i < perMinute; i++)
        expect([ask.toString(), (await ask()).status]).not.toEqual([ask.toString(), 429])
      const refused = await ask()
      expect([ask.toString(), refused.status]).toEqual([ask.toString(), 429])
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    }
  }, 120_000)

  it('tells strangers no reasons, and names the address and the code of a refusal in the line of a request', async () => {
    await start('127.0.0.1')
    const ready = await person().get('/readyz')
    expect([ready.status, ready.json]).toEqual([200, { status: 'ok', reasons: [] }])
    await person().get('/auth/oauth2/callback?code=c&state=s', { 'x-client': '192.0.2.44' })
    const line = app.logged.map((one) => JSON.parse(one)).findLast(({ msg }) => msg === 'request')
    expect(line).toMatchObject({
      path: '/auth/oauth2/callback',
      status: 403,
      address: '192.0.2.44',
      code: 'invalid_state',
    })
    expect(JSON.stringify(line)).not.toMatch(/code=c/)
    await app.close()
    await provider.close()
    app = await startApp(siteEnv({ provider, certificate }))
    balancer.ports.splice(0, 1, app.port)
    const away = await person().get('/readyz')
    expect([away.status, away.json]).toEqual([503, { status: 'not ready', reasons: [] }])
  })
})

it('J12 a site that others can reach has limits, even where its own address is loopback', async () => {
  const provider = await startFaultyProvider()
  const others = await startApp({ ...provider.env, HOST: '::ffff:127.0.0.1' })
  const own = await startApp(provider.env)
  const statuses = async ({ url }: RunningApp) => {
    const seen = new Set<number>()
    for (let i = 0; i <= SIGN_INS; i++) seen.add((await new Visitor({ url }).get('/auth/oauth2')).status)
    return [...seen]
  }
  expect([others.config.guarded, own.config.guarded]).toEqual([true, false])
  expect(await statuses(others)).toEqual([302, 429])
  expect(await statuses(own)).toEqual([302])
  await Promise.all([others.close(), own.close()])
}, 60_000)
