import { expect, it } from '@jest/globals'
import { type RunningApp, startApp } from '../support/app.js'
import { type Balancer, startBalancer } from '../support/balancer.js'
import { type Certificate, makeCertificate } from '../support/certificate.js'
import { freePort } from '../support/free-port.js'
import { startRedis } from '../support/redis.js'
import { type RotatingProvider, startRotatingProvider } from '../support/rotating-provider.js'
import { Colleague, HOST, siteEnv, startProcess } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import { pause, until } from '../support/wait.js'

const MINUTE = 60_000
/** One process of a shared site, with a clock of the test's own. */
async function withClock(
  redisUrl: string | undefined,
  body: (visitor: Colleague, wait: (minutes: number) => void) => Promise<void>,
): Promise<void> {
  const certificate: Certificate = makeCertificate()
  const provider: RotatingProvider = await startRotatingProvider(certificate)
  let waited = 0
  const now = () => Date.now() + waited
  const app: RunningApp = await startApp(siteEnv({ provider, certificate, redisUrl }), { now })
  const balancer: Balancer = await startBalancer(HOST, [app.port])
  const visitor = new Colleague({ url: balancer.url }, provider, 'ann')
  try {
    await visitor.come()
    await body(visitor, (minutes) => {
      waited += minutes * MINUTE
    })
  } finally {
    await balancer.close()
    await app.close()
    await provider.close()
  }
}

describeWith(lacking('redis-server', 'openssl'), 'time at a shared site', () => {
  it('E4 signs out whoever did nothing for 31 minutes', () =>
    withClock(undefined, async (visitor, wait) => {
      wait(29)
      expect((await visitor.get('/profile')).status).toBe(200)
      wait(29)
      expect((await visitor.get('/profile')).status).toBe(200)
      wait(31)
      expect((await visitor.get('/profile')).status).toBe(302)
    }))

  it.each(['memory', 'Redis'])('E4 signs everybody out after 8 hours, however busy they are, in %s', async (where) => {
    const redis = where === 'Redis' ? await startRedis() : null
    await withClock(redis?.url, async (visitor, wait) => {
      for (let half = 1; half < 16; half += 1) {
        wait(29.9)
        expect((await visitor.get('/profile')).status).toBe(200)
      }
      // Redis keeps the session for what is left of the eight hours, and a list, by its own clock, for eight hours from the sign-in.
      for (const line of (await redis?.dump())?.split('\n') ?? []) {
        const [key = '', left] = line.split(' ')
        if (key.startsWith('otm:2:session:')) expect(Number(left)).toBeLessThanOrEqual(32 * MINUTE)
        if (key.startsWith('otm:2:list:')) expect(Number(left)).toBeLessThanOrEqual(480 * MINUTE)
      }
      wait(32)
      expect((await visitor.get('/profile')).status).toBe(302)
    })
    await redis?.stop()
  })

  it('I1 starts without its provider, says what is missing, and goes on by itself when it is there', async () => {
    const certificate = makeCertificate()
    const redis = await startRedis()
    const port = await freePort()
    const before = await startRotatingProvider(certificate, port)
    await before.close()
    const replica = await startProcess(siteEnv({ provider: before, certificate, redisUrl: redis.url }))
    const balancer = await startBalancer(HOST, [replica.port])
    const anybody = new Colleague({ url: balancer.url }, before, 'anybody')
    expect((await anybody.get('/healthz')).status).toBe(200)
    // A shared site tells strangers no reasons: they are in what it printed.
    const unready = await anybody.get('/readyz')
    expect([unready.status, unready.json]).toEqual([503, { status: 'not ready', reasons: [] }])
    await until('the start message is there', () => replica.printed().includes('nothing listens there'))
    expect((await anybody.get('/')).status).toBe(200)
    expect((await anybody.get('/auth/oauth2')).status).toBe(502)

    // The same provider as far as anybody can tell: its address, and the client's secret.
    const provider = await startRotatingProvider(certificate, port)
    const began = performance.now()
    while ((await anybody.get('/readyz')).status !== 200 && performance.now() - began < 60_000) await pause(200)
    expect((await anybody.get('/readyz')).status).toBe(200)
    expect((await new Colleague({ url: balancer.url }, provider, 'ann').get('/auth/oauth2')).status).toBe(302)
    await Promise.all([balancer.close(), provider.close(), replica.end('SIGKILL'), redis.stop()])
  }, 90_000)

  it('I1 still shows stored tokens while the provider is down', async () => {
    const certificate = makeCertificate()
    const provider = await startRotatingProvider(certificate)
    const replica = await startProcess(siteEnv({ provider, certificate }))
    expect(replica.printed()).toContain('run only one process')
    const balancer = await startBalancer(HOST, [replica.port])
    const visitor = new Colleague({ url: balancer.url }, provider, 'ann')
    await visitor.come()
    await provider.close()
    const profile = await visitor.json('get', '/profile')
    expect([profile.status, profile.json.refresh_token]).toEqual([200, provider.given.at(-1)])
    expect((await visitor.json('post', '/auth/refresh')).json.code).toBe('provider_unreachable')
    expect((await visitor.get('/readyz')).status).toBe(200)
    expect((await visitor.json('get', '/profile')).json.refresh_token).toBe(provider.given.at(-1))
    await Promise.all([balancer.close(), replica.end('SIGKILL')])
  }, 60_000)
})
