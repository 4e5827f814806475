import { expect, it } from '@jest/globals'
import { rawFlood, rawRequest, statusOf } from '../support/raw-request.js'
import { HOST, type Replica, SESSION_SECRET, siteEnv, startProcess } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import { pause, until } from '../support/wait.js'
import { certificate, provider, redis, shareSite, site } from './shared-site.js'

/** Visits without a cookie. */
const MANY = 10_000

describeWith(lacking('redis-server', 'openssl'), 'sessions of a shared site', () => {
  shareSite({ env: { LOG_LEVEL: 'debug' } })

  /** Replaces every replica by one with this secret. */
  async function startAgainWith(secret: string): Promise<void> {
    await Promise.all(site.replicas.map((replica) => replica.end('SIGKILL')))
    const env = siteEnv({ provider, certificate, redisUrl: redis.url, env: { SESSION_SECRET: secret } })
    for (const [index, { port }] of site.replicas.entries()) {
      site.replicas[index] = await startProcess({ ...env, PORT: String(port) })
    }
  }

  it('E1 sets one cookie, and that as strictly as cookies can be', async () => {
    const visitor = site.visitor('ann')
    for (const path of ['/', '/healthz', '/style.css', '/nowhere']) {
      expect((await visitor.get(path)).headers.get('set-cookie')).toBeNull()
    }
    const cookies = (await visitor.get('/auth/oauth2')).headers.getSetCookie()
    expect(cookies).toHaveLength(1)
    const [pair = '', ...attributes] = (cookies[0] ?? '').split('; ')
    expect(pair).toMatch(/^__Host-otm=/)
    expect(attributes.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
    expect(cookies[0]?.length).toBeLessThan(4096)
    for (const cookie of (await visitor.come()).headers.getSetCookie()) expect(cookie).toMatch(/^__Host-otm=.*; Secure/)
    expect((await visitor.get('/')).headers.get('strict-transport-security')).toBe(
      'max-age=31536000; includeSubDomains',
    )
  })

  it('E3 says which setting is missing when a request comes without HTTPS, and believes no stranger that it did', async () => {
    const untrusting = await startProcess({ ...siteEnv({ provider, certificate }), TRUST_PROXY: '' })
    expect(untrusting.printed()).toContain('TRUST_PROXY')
    site.balancer.ports.push(untrusting.port)
    const visitor = site.visitor('eve')
    visitor.replica = site.balancer.ports.length - 1
    const answer = await visitor.get('/auth/oauth2')
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null])
    expect(answer.text).toContain('TRUST_PROXY')
    site.balancer.ports.pop()
    await untrusting.end('SIGKILL')
    // Here the proxy is trusted and says nothing, or that it was not HTTPS.
    for (const proto of ['', 'X-Forwarded-Proto: http\r\n']) {
      const { port } = site.replicas[0] as Replica
      const said = await rawRequest(
        port,
        `GET /auth/oauth2 HTTP/1.1\r\nHost: ${HOST}\r\n${proto}Accept: application/json\r\nConnection: close\r\n\r\n`,
      )
      expect(statusOf(said)).toBe(403)
      expect(said).toContain('insecure_transport')
      expect(said).toContain('TRUST_PROXY')
      expect(said).not.toMatch(/set-cookie/i)
    }
  })

  it('E4 gives nothing in Redis a longer life than its session may have', async () => {
    const visitor = site.visitor('dora')
    await visitor.come()
    for (let times = 0; times < 3; times += 1) expect((await visitor.get('/profile')).status).toBe(200)
    const lines = (await redis.dump()).split('\n')
    const kept = lines.filter((line) => /^otm:2:(session|list):/.test(line))
    expect(kept.length).toBeGreaterThanOrEqual(2)
    for (const line of lines) {
      const life = Number(line.split(' ')[1])
      expect(life).toBeGreaterThan(0)
      // A list without its session is out of reach, and stays until the session's absolute end.
      expect(life).toBeLessThanOrEqual(line.startsWith('otm:2:list:') ? 8 * 3_600_000 : 30 * 60_000)
    }
  })

  it('E5 knows nobody by an old cookie at any replica after the sign-out', async () => {
    const visitor = site.visitor('bob')
    await visitor.come()
    const { cookie } = visitor
    const token = provider.given.at(-1) as string
    const out = await visitor.post('/auth/logout')
    expect([out.status, out.headers.get('location')]).toEqual([303, '/'])
    expect(out.headers.get('clear-site-data')).toContain('"cache"')
    for (const replica of [0, 1]) {
      visitor.cookie = cookie
      visitor.replica = replica
      const profile = await visitor.get('/profile')
      expect([profile.status, profile.headers.get('location')]).toEqual([302, '/'])
      expect(profile.headers.get('cache-control')).toBe('no-store')
      expect((await visitor.json('post', '/auth/refresh')).status).toBe(401)
    }
    expect(provider.lives(token)).toBe(true)
  })

  it('E8 shows no token, secret or name to somebody who reads all of Redis, and none of it stays for ever', async () => {
    const visitor = site.visitor('someone-with-a-name')
    await visitor.come()
    await visitor.json('post', '/auth/refresh')
    await visitor.get('/profile/device-config/json')
    await site.visitor('under-way').get('/auth/oauth2')
    const dump = await redis.dump()
    const lines = dump.split('\n')
    expect(lines.length).toBeGreaterThanOrEqual(4)
    for (const line of lines) expect(Number(line.split(' ')[1])).toBeGreaterThan(0)
    expect(provider.given.length).toBeGreaterThan(1)
    for (const token of provider.given) expect(dump).not.toContain(token)
    for (const secret of ['access-', 'refresh-', provider.clientSecret, SESSION_SECRET, 'someone-with-a-name']) {
      expect(dump).not.toContain(secret)
      expect(dump).not.toContain(Buffer.from(secret).toString('base64').slice(0, -3))
    }
  })

  it('E9 keeps nothing of those who only look, and stops those who only begin', async () => {
    const before = (await redis.command('DBSIZE')) as number
    const known = (await redis.command('KEYS', '*')) as string[]
    const visits = async (path: string) => {
      const request = `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 198.51.100.9\r\n\r\n`
      const heads: string[] = []
      // From one address, at both replicas, a thousand at once.
      while (heads.length < MANY) {
        const some = await Promise.all(site.replicas.map(({ port }) => rawFlood(port, request, 500)))
        heads.push(...some.flat())
      }
      return heads
    }
    const looked = await visits('/')
    expect(looked).toHaveLength(MANY)
    expect(new Set(looked.map(statusOf))).toEqual(new Set([200]))
    expect(looked.join()).not.toMatch(/set-cookie/i)
    const kept = ((await redis.command('KEYS', '*')) as string[]).filter((key) => !known.includes(key))
    expect(kept).toEqual([])
    const began = performance.now()
    const heads = await visits('/auth/oauth2')
    const windows = 1 + Math.floor((performance.now() - began) / 60_000)
    const refused = heads.filter((head) => statusOf(head) === 429)
    const begun = heads.filter((head) => statusOf(head) === 302)
    expect(begun.length + refused.length).toBe(MANY)
    // Counted over both replicas, whichever of them was asked.
    expect(begun.length).toBeGreaterThanOrEqual(120)
    expect(begun.length).toBeLessThanOrEqual(120 * windows)
    for (const head of refused) {
      expect(head).toMatch(/^retry-after: [1-9]\d?\r$/im)
      expect(head).not.toMatch(/^set-cookie/im)
    }
    const left = (await redis.command('DBSIZE')) as number
    expect(left - before).toBeLessThanOrEqual(2 * begun.length + 1)
    // What a sign-in leaves behind that nobody ends is gone after ten minutes.
    for (const key of (await redis.command('KEYS', '*')) as string[]) {
      if (known.includes(key)) continue
      expect(Number(await redis.command('PTTL', key))).toBeGreaterThan(0)
      expect(Number(await redis.command('PTTL', key))).toBeLessThanOrEqual(600_000)
    }
    // Somebody else is not kept waiting by it.
    expect((await site.visitor('somebody-else').get('/auth/oauth2')).status).toBe(302)
  }, 120_000)

  it('I8 serves others while one address asks for a thousand sign-ins a second', async () => {
    const { port } = site.replicas[0] as Replica
    const other = site.visitor('somebody')
    await other.come()
    other.replica = 0
    const request = `GET /auth/oauth2 HTTP/1.1\r\nHost: ${HOST}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n`
    const floods: Promise<string[]>[] = []
    const waited: number[] = []
    for (let second = 0; second < 5; second += 1) {
      const until = performance.now() + 1_000
      floods.push(rawFlood(port, request, 1_000))
      while (performance.now() < until) {
        const began = performance.now()
        expect((await other.get('/profile')).status).toBe(200)
        waited.push(performance.now() - began)
        await pause(20)
      }
    }
    expect(Math.max(...waited)).toBeLessThan(2_000)
    const statuses = (await Promise.all(floods)).flat().map(statusOf)
    expect(statuses).toHaveLength(5_000)
    expect(statuses.filter((status) => status === 302)).toHaveLength(120)
    expect(statuses.filter((status) => status === 429)).toHaveLength(4_880)
  }, 60_000)

  it('takes twenty refreshes a minute of one list, says when there are more, and sends none of them on', async () => {
    const visitor = site.visitor('eager')
    await visitor.come()
    const statuses: number[] = []
    for (let times = 0; times < 22; times += 1) statuses.push((await visitor.json('post', '/auth/refresh')).status)
    expect(statuses).toEqual([...Array(20).fill(200), 429, 429])
    const { asked } = provider.refreshes
    const refused = await visitor.json('post', '/auth/refresh')
    expect(refused.json).toMatchObject({ status: 429, code: 'rate_limited' })
    expect(refused.headers.get('content-type')).toContain('application/problem+json')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(provider.refreshes.asked).toBe(asked)
    expect((await visitor.get('/profile')).status).toBe(200)
  })

  it('writes who did what with which token, and nothing more', async () => {
    const visitor = site.visitor('carla')
    await visitor.come()
    const { fingerprint } = (await visitor.json('get', '/profile')).json
    const refreshed = (await visitor.json('post', '/auth/refresh')).json
    const file = await visitor.get('/profile/device-config/dotenv')
    expect([file.status, file.text]).toEqual([200, expect.stringContaining(refreshed.refresh_token)])
    await visitor.json('post', '/auth/revoke')
    await visitor.json('post', '/auth/logout')
    const audited = () => site.replicas.flatMap((replica) => replica.log()).filter(({ msg }) => msg === 'audit')
    // Each replica writes its lines a little later, and in bunches.
    const events = ['sign_in', 'refresh', 'device_config', 'revoke', 'sign_out']
    const isWritten = (event: string) => audited().some((line) => line.event === event && line.username === 'carla')
    await until('all five lines are written', () => events.every(isWritten))
    const audits = audited()
    const lines = audits.filter(({ username }) => username === 'carla')
    const allowed = 'event outcome requestId address username subject fingerprint fingerprint_before verdict format'
    const always = ['level', 'time', 'msg']
    for (const line of lines) {
      expect([...always, ...allowed.split(' ')]).toEqual(expect.arrayContaining(Object.keys(line)))
      expect(line).toMatchObject({ subject: 'id-of-carla', address: expect.stringMatching(/^10\.0\./) })
    }
    const find = (event: string) => lines.find((line) => line.event === event)
    expect(find('sign_in')).toMatchObject({ outcome: 'ok', fingerprint })
    expect(find('refresh')).toMatchObject({ fingerprint: refreshed.fingerprint, fingerprint_before: fingerprint })
    expect(find('device_config')).toMatchObject({ format: 'dotenv', fingerprint: refreshed.fingerprint })
    // This provider can't revoke, and the line says how it ended.
    expect(find('revoke')).toMatchObject({ outcome: 'provider_error' })
    expect(find('sign_out')).toMatchObject({ outcome: 'ok', fingerprint: refreshed.fingerprint })
    const printed = site.replicas.map((replica: Replica) => replica.printed()).join('')
    for (const secret of [
      ...provider.given,
      provider.clientSecret,
      SESSION_SECRET,
      'code=',
      visitor.cookie.slice(12),
    ]) {
      expect(printed).not.toContain(secret)
    }
  })

  it('E7 keeps sessions when a secret is added in front, and ends them when theirs is taken away', async () => {
    const visitor = site.visitor('rita')
    await visitor.come()
    const newer = 'another secret of the tests that is long enough as well'
    await startAgainWith(`${newer},${SESSION_SECRET}`)
    expect((await visitor.json('get', '/profile')).status).toBe(200)
    const refreshed = await visitor.json('post', '/auth/refresh')
    expect([refreshed.status, refreshed.json.refresh_token]).toEqual([200, provider.given.at(-1)])
    await startAgainWith('a third secret that has nothing to do with those before')
    const profile = await visitor.get('/profile')
    expect([profile.status, profile.headers.get('location')]).toEqual([302, '/'])
    expect((await visitor.get('/')).status).toBe(200)
    await startAgainWith(`${newer},${SESSION_SECRET}`)
    expect((await visitor.come()).status).toBe(303)
  }, 90_000)
})
