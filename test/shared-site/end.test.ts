import { expect, it } from '@jest/globals'
import { type Replica, siteEnv, startProcess } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import { pause } from '../support/wait.js'
import { certificate, provider, redis, shareSite, site } from './shared-site.js'

describeWith(lacking('redis-server', 'openssl'), 'the end of a replica', () => {
  shareSite()

  it('I9 finishes and saves the refresh under way, is not ready meanwhile, and exits with 0 within 15 s', async () => {
    const visitor = site.visitor('ann')
    await visitor.come()
    visitor.replica = 0
    const rotated = new Promise<void>((resolve) => {
      provider.hold.rotated = async () => {
        resolve()
        await pause(4_000, { ref: false })
      }
    })
    const refresh = visitor.json('post', '/auth/refresh')
    await rotated
    const began = performance.now()
    const ended = (site.replicas[0] as Replica).end('SIGTERM')
    let ready = await visitor.get('/readyz')
    while (ready.status === 200) ready = await visitor.get('/readyz')
    expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close'])
    await pause(2_000)
    // It takes no new connections any more: the balancer passes it over.
    const other = site.visitor('bob')
    other.replica = 0
    expect((await other.get('/healthz')).status).not.toBe(200)

    const answer = await refresh
    expect(answer.status).toBe(200)
    expect(provider.lives(answer.json.refresh_token)).toBe(true)
    expect(await ended).toBe(0)
    expect(performance.now() - began).toBeLessThan(15_000)
    visitor.replica = 1
    expect((await visitor.json('get', '/profile')).json.refresh_token).toBe(answer.json.refresh_token)
    await site.restart(0)
  }, 90_000)

  it('I9 saves the refresh of somebody who has gone away, too', async () => {
    const visitor = site.visitor('gone')
    await visitor.come()
    visitor.replica = 0
    const rotated = new Promise<void>((resolve) => {
      provider.hold.rotated = async () => {
        resolve()
        await pause(2_500, { ref: false })
      }
    })
    const leaves = new AbortController()
    const post = { method: 'POST', signal: leaves.signal, headers: { 'sec-fetch-site': 'same-origin' } }
    const refresh = visitor.request('/auth/refresh', post).catch(() => null)
    await rotated
    leaves.abort()
    await refresh
    expect(await (site.replicas[0] as Replica).end('SIGTERM')).toBe(0)
    visitor.replica = 1
    const { refresh_token } = (await visitor.json('get', '/profile')).json
    expect(refresh_token).toBe(provider.given.at(-1))
    expect(provider.lives(refresh_token)).toBe(true)
    await site.restart(0)
  }, 90_000)

  it('I9 ends at once at the second signal', async () => {
    const visitor = site.visitor('impatient')
    await visitor.come()
    visitor.replica = 0
    const arrived = new Promise<void>((resolve) => {
      provider.hold.arrived = async () => {
        resolve()
        await pause(8_000, { ref: false })
      }
    })
    const refresh = visitor.json('post', '/auth/refresh')
    await arrived
    const replica = site.replicas[0] as Replica
    const ended = replica.end('SIGINT')
    await pause(200)
    const began = performance.now()
    replica.process.kill('SIGINT')
    expect(await ended).toBe(1)
    expect(performance.now() - began).toBeLessThan(3_000)
    expect((await refresh).status).toBe(502)
    await site.restart(0)
  }, 90_000)

  it('I9 begins no second refresh of a test, and saves what the first one brought', async () => {
    const visitor = site.visitor('tester')
    await visitor.come()
    visitor.replica = 0
    const asked = provider.refreshes.asked
    let release = () => {}
    const arrived = new Promise<void>((resolve) => {
      provider.hold.arrived = () => {
        resolve()
        return new Promise<void>((go) => {
          release = go
        })
      }
    })
    const test = visitor.json('post', '/auth/prove')
    await arrived
    const ended = (site.replicas[0] as Replica).end('SIGTERM')
    while ((await visitor.get('/readyz')).status === 200) await pause(20)
    release()
    const answer = await test
    expect([answer.status, answer.json.code]).toEqual([503, 'refresh_in_progress'])
    expect(await ended).toBe(0)
    expect(provider.refreshes.asked).toBe(asked + 1)
    visitor.replica = 1
    const { refresh_token } = (await visitor.json('get', '/profile')).json
    expect([refresh_token, provider.lives(refresh_token)]).toEqual([provider.given.at(-1), true])
    await site.restart(0)
  }, 90_000)

  it('I9 finishes a sign-in whose code is being exchanged for 20 s', async () => {
    const visitor = site.visitor('late')
    const start = await visitor.get('/auth/oauth2')
    const { pathname, search } = new URL(provider.authorize(start.headers.get('location') ?? '', 'late'))
    visitor.replica = 0
    const exchanging = new Promise<void>((resolve) => {
      provider.hold.exchanged = async () => {
        resolve()
        await pause(20_000, { ref: false })
      }
    })
    const callback = visitor.get(pathname + search)
    await exchanging
    const ended = (site.replicas[0] as Replica).end('SIGTERM')
    expect((await callback).status).toBe(303)
    expect(await ended).toBe(0)
    visitor.replica = 1
    const { refresh_token } = (await visitor.json('get', '/profile')).json
    expect(provider.lives(refresh_token)).toBe(true)
    await site.restart(0)
  }, 90_000)

  it('I9 ends within 40 s although the provider never answers a token request and Redis is frozen', async () => {
    const visitor = site.visitor('stuck')
    await visitor.come()
    visitor.replica = 0
    const arrived = new Promise<void>((resolve) => {
      provider.hold.arrived = async () => {
        resolve()
        await pause(60_000, { ref: false })
      }
    })
    const refresh = visitor.json('post', '/auth/refresh').catch(() => null)
    await arrived
    redis.freeze()
    const began = performance.now()
    expect(await (site.replicas[0] as Replica).end('SIGTERM')).toBe(0)
    expect(performance.now() - began).toBeLessThan(40_000)
    redis.thaw()
    await refresh
    await site.restart(0)
  }, 90_000)

  it.each([
    ['an exception', "setTimeout(() => { throw new Error('can'.concat('ary')) })"],
    ['a rejection', "Promise.reject(new Error('can'.concat('ary')))"],
  ])(
    'I10 ends with 1 and says where, not what, when nobody caught %s, and sessions survive',
    async (_, fault) => {
      const visitor = site.visitor('survivor')
      await visitor.come()
      const env = siteEnv({ provider, certificate, redisUrl: redis.url })
      const inject = `data:text/javascript,process.on('SIGUSR2',()=>{${encodeURIComponent(fault)}})`
      const faulty = await startProcess({ ...env, NODE_OPTIONS: `--import "${inject}"` })
      visitor.replica = site.balancer.ports.push(faulty.port) - 1
      const { refresh_token } = (await visitor.json('get', '/profile')).json
      expect(provider.lives(refresh_token)).toBe(true)
      expect(await faulty.end('SIGUSR2')).toBe(1)
      expect(faulty.log().find(({ msg }) => msg === 'crashed')).toMatchObject({ cause: 'Error', at: expect.anything() })
      expect(faulty.printed()).not.toContain('canary')
      const again = await startProcess({ ...env, PORT: String(faulty.port) })
      const profile = await visitor.json('get', '/profile')
      expect([profile.status, profile.json.refresh_token]).toEqual([200, refresh_token])
      site.balancer.ports.pop()
      await again.end('SIGKILL')
    },
    30_000,
  )
})
