import { expect, it } from '@jest/globals'
import type { Colleague } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import { pause } from '../support/wait.js'
import { provider, redis, shareSite, site } from './shared-site.js'

const JSON_PLEASE = { accept: 'application/json' }

describeWith(lacking('redis-server', 'openssl'), 'lists of a shared site', () => {
  shareSite()

  const come = async (name: string) => {
    const visitor = site.visitor(name)
    expect((await visitor.come()).status).toBe(303)
    return visitor
  }
  const list = async (visitor: Colleague) => (await visitor.json('get', '/profile/tokens')).json
  const sessionKey = ({ cookie }: Colleague) =>
    `otm:2:session:${decodeURIComponent(cookie.split('=')[1] ?? '').replace(/^s:|\..*$/g, '')}`
  const blobOf = async (visitor: Colleague) => JSON.parse((await redis.command('GET', sessionKey(visitor))) as string)
  const write = (visitor: Colleague, blob: string) => redis.command('SET', sessionKey(visitor), blob, 'EX', '600')

  it("starts a new list when another person signs in, says so, and leaves the first one's tokens valid", async () => {
    const visitor = await come('anna')
    const first = (await visitor.json('get', '/profile')).json
    Object.assign(visitor, { name: 'bert' })
    await visitor.come()
    const second = (await visitor.json('get', '/profile')).json
    expect(second.id).not.toBe(first.id)
    expect(await list(visitor)).toMatchObject([{ id: second.id, username: 'bert' }])
    expect((await visitor.get('/profile')).text).toContain('You signed in as another person')
    expect((await visitor.get(`/profile?id=${first.id}`)).status).toBe(404)
    expect(provider.lives(first.refresh_token)).toBe(true)
    // The same person again adds to the list.
    await visitor.come()
    expect(await list(visitor)).toHaveLength(2)
    expect((await visitor.get('/profile')).text).toMatch(
      /remove the tokens when you sign out, at the latest at \d\d:\d\d UTC/,
    )
  })

  it('reads a page of several tokens in two round trips: the session, then the list with its entries', async () => {
    const visitor = await come('paula')
    await visitor.come()
    const { id } = (await visitor.json('get', '/profile')).json
    const pages = ['/profile', `/profile?id=${id}`, '/profile/tokens']
    await redis.command('CONFIG', 'RESETSTAT')
    for (const path of pages) expect((await visitor.get(path)).status).toBe(200)
    const stats = String(await redis.command('INFO', 'commandstats'))
    const calls = (command: string) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
    expect([calls('get'), calls('evalsha')]).toEqual([pages.length, pages.length])
    // The script itself reads the hash; the session's end is prolonged without anyone waiting for it.
    const others = [...stats.matchAll(/cmdstat_([^:|]+)/g)].map(([, name]) => name)
    const without = new Set(['get', 'evalsha', 'hget', 'hgetall', 'expire', 'ping'])
    const ofTheTest = new Set(['config', 'info', 'hello', 'client'])
    expect(others.filter((name = '') => !without.has(name) && !ofTheTest.has(name))).toEqual([])
  })

  it("J8 opens nothing with another session's list, or with a session that we did not write", async () => {
    const [victim, thief] = [await come('victim'), await come('thief')]
    const own = await blobOf(thief)
    const stolen = await blobOf(victim)
    const blobs = [
      JSON.stringify({ ...own, list: stolen.list }),
      JSON.stringify({ ...own, list: 'x' }),
      JSON.stringify({ ...own, list: '' }),
      JSON.stringify({ ...own, list: 7 }),
      JSON.stringify({ ...own, list: own.list.slice(0, -3) }),
      JSON.stringify({ ...own, began: 'now' }),
      JSON.stringify({ ...own, began: { $gt: 0 } }),
      JSON.stringify({ ...own, signIns: 5 }),
      JSON.stringify({ ...own, callbacks: {} }),
      JSON.stringify({ ...own, cookie: undefined }),
      JSON.stringify({ ...own, cookie: 'x' }),
      ...['null', '5', '"text"', '[]', '{}', '{', ''],
    ]
    for (const blob of blobs) {
      await write(thief, blob)
      const { cookie } = thief
      for (const path of ['/profile', '/profile/tokens', '/profile/device-config/json']) {
        const answer = await thief.json('get', path)
        expect([blob, path, answer.status]).toEqual([blob, path, 401])
      }
      expect([blob, (await thief.get('/auth/oauth2')).status]).toEqual([blob, 302])
      expect([blob, (await thief.get('/')).status]).toEqual([blob, 200])
      thief.cookie = cookie
    }
    await write(thief, JSON.stringify(own))
    expect((await thief.json('get', '/profile')).status).toBe(200)
  })

  it('J7 signs out within a second while a replica that died holds the lease', async () => {
    const visitor = await come('carl')
    const { id, refresh_token } = (await visitor.json('get', '/profile')).json
    const [listKey] = (await redis.command('KEYS', 'otm:2:list:*')) as string[]
    const lists = (await redis.command('KEYS', 'otm:2:list:*')) as string[]
    // Which of the lists is this visitor's, only its entry's id says.
    const mine = await Promise.all(lists.map((key) => redis.command('HEXISTS', key, id)))
    const key = lists[mine.indexOf(1)] ?? (listKey as string)
    const name = key.replace('otm:2:list:', '')
    await redis.command('SET', `otm:2:lease:${name}:${id}`, 'a dead replica', 'PX', '15000')
    const { cookie } = visitor
    const refreshing = visitor.json('post', '/auth/refresh')
    await pause(100)
    const began = performance.now()
    const out = await visitor.post('/auth/logout')
    expect(performance.now() - began).toBeLessThan(1_000)
    expect([out.status, out.headers.get('location')]).toEqual([303, '/'])
    for (const replica of [0, 1]) {
      Object.assign(visitor, { cookie, replica })
      expect((await visitor.json('get', '/profile')).status).toBe(401)
    }
    expect(await redis.command('EXISTS', key)).toBe(0)
    await redis.command('DEL', `otm:2:lease:${name}:${id}`)
    // The refresh that waited finds nothing to refresh, and uses nothing.
    expect((await refreshing).status).toBe(401)
    expect(await redis.command('EXISTS', key)).toBe(0)
    expect(provider.lives(refresh_token)).toBe(true)
  }, 30_000)

  it('loses nothing of what two replicas add and name at the same time', async () => {
    const visitor = await come('hans')
    const at = (i: number) => ({ ...JSON_PLEASE, 'x-replica': String(i % 2) })
    const many = Array.from({ length: 20 }, (_, i) => i)
    const added = await Promise.all(many.map((i) => visitor.post('/auth/token', { refresh_token: `t-${i}` }, at(i))))
    expect(added.map(({ status }) => status)).toEqual(many.map(() => 200))
    await Promise.all(
      added.map(({ json }, i) => visitor.post('/auth/label', { id: json.id, label: `node ${i}` }, at(i + 1))),
    )
    const rows = await list(visitor)
    expect(rows).toHaveLength(21)
    for (const [i, { json }] of added.entries()) {
      expect(rows).toContainEqual(expect.objectContaining({ id: json.id, label: `node ${i}` }))
    }
  })

  it('keeps a list when one of two replicas is killed', async () => {
    const visitor = await come('dora')
    await visitor.come()
    const before = await list(visitor)
    expect(before).toHaveLength(2)
    await site.replicas[0]?.end('SIGKILL')
    visitor.replica = 1
    expect(await list(visitor)).toEqual(before)
    expect((await visitor.post('/auth/refresh', { id: before[1].id }, JSON_PLEASE)).json.id).toBe(before[1].id)
    expect((await visitor.post('/auth/forget', { id: before[0].id }, JSON_PLEASE)).status).toBe(204)
    await site.restart(0)
    visitor.replica = 0
    expect(await list(visitor)).toMatchObject([{ id: before[1].id }])
  }, 60_000)

  it('leaves the keys of a version 1 site alone, and takes nothing from them', async () => {
    const old = { 'otm:session:x': '{"tokens":"y"}', 'otm:tokens:{y}': '1 x', 'otm:lease:{y}': 'holder' }
    for (const [key, value] of Object.entries(old)) await redis.command('SET', key, value, 'EX', '600')
    const visitor = await come('emil')
    await visitor.post('/auth/logout')
    for (const [key, value] of Object.entries(old)) expect(await redis.command('GET', key)).toBe(value)
    for (const key of (await redis.command('KEYS', '*')) as string[]) {
      if (!(key in old)) expect(key).toMatch(/^otm:2:/)
    }
  })

  it('J12 counts nothing that another site sends', async () => {
    const visitor = await come('fred')
    for (let times = 0; times < 30; times += 1) {
      const answer = await visitor.post('/auth/refresh', {}, { ...JSON_PLEASE, 'sec-fetch-site': 'cross-site' })
      expect([answer.status, answer.json.code]).toEqual([403, 'cross_site'])
    }
    expect((await visitor.json('post', '/auth/refresh')).status).toBe(200)
  })

  it('J4 writes no name from a pasted token into the log', async () => {
    const visitor = await come('gina')
    // Without `sub`: a shared site refuses one that is another person's.
    const claims = { preferred_username: 'the-director', email: 'director@example.org' }
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const forged = `${part({ alg: 'none' })}.${part(claims)}.x`
    const { json } = await visitor.post('/auth/token', { refresh_token: forged }, JSON_PLEASE)
    expect(json.refresh_token).toBe(forged)
    await visitor.post('/auth/label', { id: json.id, label: 'found' }, JSON_PLEASE)
    await visitor.post('/auth/forget', { id: json.id }, JSON_PLEASE)
    const audits = () => site.replicas.flatMap((replica) => replica.log()).filter(({ msg }) => msg === 'audit')
    const lines = () => audits().filter(({ fingerprint }) => fingerprint === json.fingerprint)
    while (lines().length < 3) await pause(50)
    const nobody = { username: null, subject: null }
    const events = ['bring_token', 'label', 'forget'].map((event) => expect.objectContaining({ event, ...nobody }))
    expect(lines()).toEqual(expect.arrayContaining(events))
    const printed = site.replicas.map((replica) => replica.printed()).join('')
    for (const name of Object.values(claims)) expect(printed).not.toContain(name)
  })
})
