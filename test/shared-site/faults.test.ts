import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { createClient } from 'redis'
import { connectRedis } from '../../server/stores/redis-connection.js'
import { testRedis } from '../../server/stores/redis-start.js'
import { type Certificate, makeCertificate } from '../support/certificate.js'
import { freePort } from '../support/free-port.js'
import { type Redis, serveTls, startRedis } from '../support/redis.js'
import { type RotatingProvider, startRotatingProvider } from '../support/rotating-provider.js'
import { type Colleague, type Site, siteEnv, startProcess, startSite } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import { pause } from '../support/wait.js'

describeWith(lacking('redis-server', 'openssl'), 'a shared site whose Redis fails', () => {
  let certificate: Certificate
  let redis: Redis
  let provider: RotatingProvider
  let site: Site
  let visitor: Colleague

  beforeAll(async () => {
    certificate = makeCertificate()
    redis = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
    provider = await startRotatingProvider(certificate)
    site = await startSite({ provider, certificate, redisUrl: redis.url })
    visitor = site.visitor('ann')
    await visitor.come()
  })
  afterEach(() => redis.thaw())
  afterAll(async () => {
    await site.close()
    await provider.close()
    await redis.stop()
  })

  /** Every way in says 503 in time, and leaves the cookie alone. `fail` makes Redis fail, anew for each of them. */
  async function expectUnavailable(fail: () => Promise<unknown>): Promise<void> {
    const asked = [
      ['get', '/profile'],
      ['get', '/'],
      ['post', '/auth/refresh'],
      ['post', '/auth/prove'],
      ['post', '/auth/logout'],
      ['get', '/auth/oauth2'],
    ] as const
    for (const [method, path] of asked) {
      let best = Number.POSITIVE_INFINITY
      // The best of several: this machine may be busy with other things.
      for (let tries = 0; tries < 3 && best >= 1_500; tries += 1) {
        await fail()
        const began = performance.now()
        const answer = await visitor[method](path)
        best = Math.min(best, performance.now() - began)
        expect([path, answer.status]).toEqual([path, 503])
        expect(answer.headers.get('retry-after')).toBe('2')
        expect(answer.headers.get('set-cookie')).toBeNull()
        expect(answer.text).toContain('Redis')
      }
      expect(best).toBeLessThan(1_500)
    }
    expect((await visitor.get('/readyz')).status).toBe(503)
    expect((await visitor.get('/healthz')).status).toBe(200)
  }

  /** Nobody does anything: within some seconds the same session is there again. */
  async function expectRecovery(): Promise<void> {
    const began = performance.now()
    let status = 0
    while (status !== 200 && performance.now() - began < 20_000) {
      await pause(100)
      status = (await visitor.json('get', '/profile')).status
    }
    expect(status).toBe(200)
    for (const replica of [0, 1]) {
      visitor.replica = replica
      while ((await visitor.get('/readyz')).status !== 200 && performance.now() - began < 20_000) await pause(100)
      const answer = await visitor.json('get', '/profile')
      expect([answer.status, answer.json.refresh_token]).toEqual([200, provider.given.at(-1)])
    }
    visitor.replica = null
  }

  it('I3 says so within 1.5 s when Redis was killed, and goes on by itself', async () => {
    await expectUnavailable(() => redis.kill())
    await redis.start()
    await expectRecovery()
  }, 90_000)

  it('I3 says so within 1.5 s when Redis is frozen, and goes on by itself', async () => {
    await expectUnavailable(async () => {
      redis.thaw()
      await expectRecovery()
      redis.freeze()
    })
    redis.thaw()
    await expectRecovery()
  }, 90_000)

  it('I4 says so when Redis takes no writes, and the next request is fine', async () => {
    await redis.command('REPLICAOF', '127.0.0.1', '1')
    // A page only reads.
    expect((await visitor.get('/profile')).status).toBe(200)
    const asked = provider.refreshes.asked
    const refresh = await visitor.json('post', '/auth/refresh')
    expect([refresh.status, refresh.json.code, refresh.headers.get('retry-after')]).toEqual([
      503,
      'store_unavailable',
      '2',
    ])
    expect(refresh.json.detail).toContain('accepts no writes')
    expect(provider.refreshes.asked).toBe(asked)
    await redis.command('REPLICAOF', 'NO', 'ONE')
    await expectRecovery()
  })

  it('I4 says so while Redis is loading its data, and the next request is fine', async () => {
    for (let key = 0; key < 300; key += 1) await redis.command('SET', `filler:${key}`, 'x'.repeat(100))
    // The delay is one of a snapshot's keys, not of commands that are done again.
    await redis.command('BGREWRITEAOF')
    while (String(await redis.command('INFO', 'persistence')).includes('aof_rewrite_in_progress:1')) await pause(50)
    await redis.kill()
    await redis.start('--key-load-delay', '20000', '--loading-process-events-interval-bytes', '1024')
    let answer = await visitor.get('/profile')
    const began = performance.now()
    while (!answer.text.includes('still loading') && performance.now() - began < 5_000) {
      answer = await visitor.get('/profile')
      expect([200, 503]).toContain(answer.status)
    }
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([503, null])
    expect(answer.text).toContain('still loading')
    await expectRecovery()
  }, 60_000)

  it('I4 says so when the memory of Redis is full: what is there can be read, and nothing is lost', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory', '1')
    const asked = provider.refreshes.asked
    const refresh = await visitor.json('post', '/auth/refresh')
    expect([refresh.status, refresh.json.code]).toEqual([503, 'store_unavailable'])
    expect(refresh.json.detail).toContain('memory is full')
    // No token was used: the lease could not be taken.
    expect(provider.refreshes.asked).toBe(asked)
    expect((await site.visitor('bob').get('/auth/oauth2')).status).toBe(503)
    await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    await expectRecovery()
    expect((await visitor.json('post', '/auth/refresh')).status).toBe(200)
  })

  it('I4 says so when Redis suddenly wants a password', async () => {
    await redis.command('CONFIG', 'SET', 'requirepass', 'secret')
    const admin = createClient({ url: `redis://:secret@127.0.0.1:${redis.port}` })
    await admin.connect()
    await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal'])
    let answer = await visitor.get('/profile')
    while (!answer.text.includes('it needs a password')) answer = await visitor.get('/profile')
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([503, null])
    await admin.sendCommand(['CONFIG', 'SET', 'requirepass', ''])
    admin.destroy()
    await expectRecovery()
  })

  it('I5 signs everybody out, and says so, when Redis was restarted empty', async () => {
    await redis.command('FLUSHALL')
    const answer = await visitor.get('/profile')
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/'])
    const home = await visitor.get('/')
    expect(home.status).toBe(200)
    expect(home.text).toMatch(/session .*ended|signed out/i)
    expect((await visitor.come()).status).toBe(303)
    expect((await visitor.json('get', '/profile')).status).toBe(200)
  })
})

describeWith(lacking('redis-server', 'openssl'), 'the start of a shared site whose Redis fails', () => {
  let certificate: Certificate
  let provider: RotatingProvider

  beforeAll(async () => {
    certificate = makeCertificate()
    provider = await startRotatingProvider(certificate)
  })
  afterAll(() => provider.close())

  async function refusedStart(redisUrl: string): Promise<string> {
    let began = performance.now()
    let replica = await startProcess(siteEnv({ provider, certificate, redisUrl }))
    for (let tries = 0; tries < 3 && performance.now() - began >= 10_000; tries += 1) {
      began = performance.now()
      replica = await startProcess(siteEnv({ provider, certificate, redisUrl }))
    }
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(replica.process.exitCode).toBe(1)
    expect(replica.printed()).toContain('REDIS_URL')
    expect(replica.printed()).not.toMatch(/ at .*\.js/)
    return replica.printed()
  }

  it('I2 is refused within 10 s when nothing listens there', async () => {
    expect(await refusedStart(`redis://127.0.0.1:${await freePort()}`)).toContain('nothing listens there')
  }, 60_000)

  it('I2 is refused within 10 s when Redis takes connections and never answers', async () => {
    const redis = await startRedis()
    redis.freeze()
    expect(await refusedStart(redis.url)).toContain('REDIS_URL')
    await redis.stop()
  }, 60_000)

  it('I2 is refused at once when the password is wrong or missing, and never shows it', async () => {
    const redis = await startRedis('--requirepass', 'right-password')
    expect(await refusedStart(`redis://127.0.0.1:${redis.port}`)).toContain('it needs a password')
    const wrong = await refusedStart(`redis://:wrong-password@127.0.0.1:${redis.port}`)
    expect(wrong).toContain('refuses the user or the password')
    expect(wrong).not.toContain('wrong-password')
    const right = await startProcess(siteEnv({ provider, certificate, redisUrl: `${redis.url}/3` }))
    expect(right.printed()).toContain('is ready')
    expect(right.printed()).not.toContain('right-password')
    await right.end('SIGKILL')
    await redis.stop()
  }, 60_000)

  it('is refused by a Sentinel, which keeps nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sentinel-'))
    const port = await freePort()
    await writeFile(join(folder, 'sentinel.conf'), `bind 127.0.0.1\nport ${port}\n`)
    const sentinel = spawn('redis-server', [join(folder, 'sentinel.conf'), '--sentinel'], { stdio: 'ignore' })
    expect(await refusedStart(`redis://127.0.0.1:${port}`)).toContain('Sentinel')
    const ended = once(sentinel, 'exit')
    sentinel.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true })
  }, 60_000)

  it('I2 is refused when Redis takes no writes, or its user may not write: what is written is read back at the start', async () => {
    const redis = await startRedis()
    await redis.command('ACL', 'SETUSER', 'reader', 'on', '>secret', '~*', '+@read', '+@connection')
    expect(await refusedStart(`redis://reader:secret@127.0.0.1:${redis.port}`)).toContain('lacks a permission')
    await redis.command(
      'ACL',
      'SETUSER',
      'mint',
      'on',
      '>secret',
      '~otm:*',
      '+@read',
      '+@write',
      '+@scripting',
      '+@connection',
    )
    const allowed = await startProcess(
      siteEnv({ provider, certificate, redisUrl: `redis://mint:secret@127.0.0.1:${redis.port}` }),
    )
    expect(allowed.printed()).toContain('is ready')
    await allowed.end('SIGKILL')
    await redis.command('REPLICAOF', '127.0.0.1', '1')
    expect(await refusedStart(redis.url)).toContain('accepts no writes')
    await redis.stop()
  }, 60_000)

  it("is refused when this machine's clock and that of Redis are apart, whatever else its user may do", async () => {
    const redis = await startRedis()
    const allowed = ['+@read', '+@write', '+@scripting', '+@connection', '-@dangerous']
    await redis.command('ACL', 'SETUSER', 'mint', 'on', '>secret', '~otm:*', ...allowed)
    for (const url of [redis.url, redis.url.replace('//', '//mint:secret@')]) {
      const connection = connectRedis(url, 'server', () => {})
      await testRedis(connection, url, () => Date.now() + 20_000)
      for (const [skew, apart] of [
        [40_000, '40 seconds ahead of'],
        [-40_000, '40 seconds behind'],
        [-2 * 3_600_000, 'an hour or more behind'],
        [2 * 3_600_000, '7200 seconds ahead of'],
      ] as const) {
        const test = testRedis(connection, url, () => Date.now() + skew)
        await expect(test).rejects.toThrow(`clock is ${apart} that of Redis`)
      }
      connection.close()
    }
    expect(await redis.command('DBSIZE')).toBe(0)
    await redis.stop()
  })
})

describeWith(lacking('redis-server', 'openssl'), 'Redis over TLS', () => {
  let certificate: Certificate
  let provider: RotatingProvider
  let redis: Redis
  let port: number

  beforeAll(async () => {
    certificate = makeCertificate()
    provider = await startRotatingProvider(certificate)
    port = await freePort()
    redis = await startRedis('--tls-port', String(port), ...serveTls(certificate))
  })
  afterAll(() => Promise.all([redis.stop(), provider.close()]))

  it('is trusted by the authority named in NODE_EXTRA_CA_CERTS, and by no other', async () => {
    const env = siteEnv({ provider, certificate, redisUrl: `rediss://localhost:${port}` })
    const trusting = await startProcess({ ...env, NODE_EXTRA_CA_CERTS: certificate.certFile })
    expect(trusting.printed()).toContain('is ready')
    await trusting.end('SIGKILL')
    const wary = await startProcess(env)
    expect(wary.process.exitCode).toBe(1)
    expect(wary.printed()).toContain('NODE_EXTRA_CA_CERTS')
  }, 60_000)

  it('keeps a site of two replicas by a user, a password and a database of its own', async () => {
    const allowed = ['+@read', '+@write', '+@scripting', '+@connection', '-@dangerous']
    await redis.command('ACL', 'SETUSER', 'mint', 'on', '>p@ss/word', '~otm:*', ...allowed)
    const site = await startSite({
      provider,
      certificate,
      redisUrl: `rediss://mint:p%40ss%2Fword@localhost:${port}/3`,
      env: { NODE_EXTRA_CA_CERTS: certificate.certFile },
    })
    const visitor = site.visitor('ann')
    expect((await visitor.come()).status).toBe(303)
    const answers = await Promise.all([1, 2, 3, 4].map(() => visitor.json('post', '/auth/refresh')))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    for (visitor.replica = 0; visitor.replica < 2; visitor.replica += 1) {
      expect((await visitor.json('get', '/profile')).json.refresh_token).toBe(provider.given.at(-1))
    }
    visitor.replica = null
    expect(await redis.command('INFO', 'keyspace')).toMatch(/db3:keys=\d+/)
    expect(await redis.command('INFO', 'keyspace')).not.toContain('db0:')
    expect((await visitor.json('post', '/auth/logout')).status).toBe(204)
    await site.close()
  }, 60_000)
})
