import { expect, it } from '@jest/globals'
import type { Colleague } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import type { Answer } from '../support/visitor.js'
import { pause } from '../support/wait.js'
import { nothing, provider, redis, shareSite, site } from './shared-site.js'

describeWith(lacking('redis-server', 'openssl'), 'refreshing at a shared site', () => {
  shareSite({ replicas: 3 })

  async function signedIn(name: string): Promise<Colleague> {
    const visitor = site.visitor(name)
    const back = await visitor.come()
    expect([back.status, back.headers.get('location')]).toEqual([303, '/profile'])
    return visitor
  }

  it('D1 makes one use of the token of five clicks at once at one replica, and answers all alike', async () => {
    const visitor = await signedIn('eager')
    visitor.replica = 0
    provider.refreshes = { asked: 0, refused: 0 }
    await redis.command('CONFIG', 'RESETSTAT')
    provider.hold.rotated = () => clicked(5)
    const answers = await Promise.all(Array.from({ length: 5 }, () => visitor.json('post', '/auth/refresh')))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(provider.refreshes).toEqual({ asked: 1, refused: 0 })
  })

  it('D2 makes one use of the token of five clicks at once over three replicas, a hundred times', async () => {
    provider.refreshes = { asked: 0, refused: 0 }
    for (let begun = 0; begun < 100; begun += 5) {
      const visitors = await Promise.all([0, 1, 2, 3, 4].map((one) => signedIn(`visitor-${begun + one}`)))
      await redis.command('CONFIG', 'RESETSTAT')
      provider.hold.rotated = () => clicked(25)
      await Promise.all(
        visitors.map(async (visitor) => {
          const answers = await Promise.all(Array.from({ length: 5 }, () => visitor.json('post', '/auth/refresh')))
          expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
          const [token, ...others] = new Set(answers.map(({ json }) => json.refresh_token))
          expect(others).toEqual([])
          expect(provider.lives(token)).toBe(true)
        }),
      )
    }
    expect(provider.refreshes).toEqual({ asked: 100, refused: 0 })
  }, 180_000)

  /** How often Redis was asked for each command. */
  async function asked(): Promise<(command: string) => number> {
    const stats = String(await redis.command('INFO', 'commandstats'))
    return (command) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
  }

  /** Resolves when that many clicks have read their session and their list, so that they wait for the lease, and Redis is quiet. */
  async function clicked(clicks: number): Promise<void> {
    let before = -1
    for (let quiet = 0; quiet < 4; ) {
      await pause(50)
      const calls = await asked()
      // Sessions are read by GET, as leases are by the script that renews them; only lists by HGET.
      quiet = calls('get') >= clicks && calls('hget') === before ? quiet + 1 : 0
      before = calls('hget')
    }
  }

  it('D3 keeps the lease for as long as a slow provider takes, and makes no second use meanwhile', async () => {
    const visitor = await signedIn('slow')
    provider.refreshes = { asked: 0, refused: 0 }
    provider.hold.rotated = () => pause(8_500)
    visitor.replica = 0
    const proof = visitor.json('post', '/auth/prove')
    // The lease lasts 15 s if nobody renews it, and the proof's two refreshes take 18 s.
    await pause(15_500)
    visitor.replica = 1
    const refresh = await visitor.json('post', '/auth/refresh')
    expect((await proof).json.verdict).toBe('unknown')
    expect(refresh.status).toBe(200)
    expect(provider.lives(refresh.json.refresh_token)).toBe(true)
    expect(provider.refreshes).toEqual({ asked: 2, refused: 0 })
  }, 60_000)

  it('D3 does not use a token any more when it stood still for longer than its lease lasts', async () => {
    const visitor = await signedIn('stopped')
    const [minted] = provider.given.slice(-1)
    provider.refreshes = { asked: 0, refused: 0 }
    const other = Object.assign(site.visitor('stopped'), { cookie: visitor.cookie, replica: 1 })
    visitor.replica = 0
    const proof = visitor.json('post', '/auth/prove')
    // The proof refreshes twice, with more than a second between the first one and the second.
    while ((await other.json('get', '/profile')).json.refresh_token === minted) await pause(20)
    site.replicas[0]?.process.kill('SIGSTOP')
    await pause(15_500)
    const refreshed = await other.json('post', '/auth/refresh')
    expect(refreshed.status).toBe(200)
    site.replicas[0]?.process.kill('SIGCONT')
    const { status, json } = await proof
    expect([status, json.code]).toEqual([503, 'refresh_in_progress'])
    expect(provider.refreshes).toEqual({ asked: 2, refused: 0 })
    for (visitor.replica = 0; visitor.replica < 3; visitor.replica += 1) {
      let shown = await visitor.json('get', '/profile')
      // Redis and the balancer may have given up their connections to the one that stood still.
      for (; shown.status >= 502; shown = await visitor.json('get', '/profile')) await pause(100)
      expect(shown.json.refresh_token).toBe(refreshed.json.refresh_token)
    }
    expect(provider.lives(refreshed.json.refresh_token)).toBe(true)
  }, 60_000)

  it('D3 lets others go on as soon as the lease of a dead holder has ended', async () => {
    const visitor = await signedIn('orphan')
    provider.refreshes = { asked: 0, refused: 0 }
    visitor.replica = 0
    const arrived = new Promise<void>((resolve) => {
      provider.hold.arrived = async () => {
        resolve()
        await pause(500)
        throw new Error('whoever asked is dead')
      }
    })
    const lost = visitor.json('post', '/auth/refresh')
    await arrived
    await site.replicas[0]?.end('SIGKILL')
    const died = performance.now()
    expect((await lost).status).toBe(502)
    provider.hold.arrived = nothing

    visitor.replica = 1
    const after = await visitor.json('post', '/auth/refresh')
    const took = performance.now() - died
    await site.restart(0)
    // The lease's 15 s, and one to notice.
    expect(took).toBeLessThan(17_000)
    expect(after.status).toBe(200)
    expect(provider.lives(after.json.refresh_token)).toBe(true)
    expect(provider.refreshes).toEqual({ asked: 2, refused: 0 })
  }, 60_000)

  it('D4 shows the new token after a slow page that began before the refresh has ended', async () => {
    const visitor = await signedIn('slow-page')
    const colleague = Object.assign(site.visitor('slow-page'), { cookie: visitor.cookie })
    const slow = visitor.json('post', '/auth/check')
    for (let times = 0; times < 5; times += 1) {
      // Downloads write into the same record: some of them have read it before the refresh saves, and write after it.
      let files: Promise<Answer[]> | undefined
      provider.hold.rotated = async () => {
        files ??= Promise.all(Array.from({ length: 11 }, () => colleague.get('/profile/device-config/json')))
        while ((await asked())('get') < 5) await pause(1)
      }
      await redis.command('CONFIG', 'RESETSTAT')
      const refreshed = await visitor.json('post', '/auth/refresh')
      expect(refreshed.status).toBe(200)
      for (const file of (await files) ?? []) expect(file.status).toBe(200)
      expect((await visitor.json('get', '/profile')).json.refresh_token).toBe(refreshed.json.refresh_token)
    }
    expect((await slow).status).toBe(200)
    for (visitor.replica = 0; visitor.replica < 3; visitor.replica += 1) {
      expect((await visitor.json('get', '/profile')).json.refresh_token).toBe(provider.given.at(-1))
    }
  })

  it('D5 signs out at once while a refresh is under way: its token lives and is shown once, and the session stays gone', async () => {
    const visitor = await signedIn('leaving')
    const arrived = new Promise<void>((resolve) => {
      provider.hold.arrived = async () => {
        resolve()
        await pause(600)
      }
    })
    visitor.replica = 0
    const refresh = visitor.json('post', '/auth/refresh')
    await arrived
    const { cookie } = visitor
    visitor.replica = 1
    expect((await visitor.json('post', '/auth/logout')).status).toBe(204)
    const { status, json } = await refresh
    expect([status, json.stored]).toEqual([503, false])
    expect(provider.lives(json.refresh_token)).toBe(true)
    visitor.cookie = cookie
    for (visitor.replica = 0; visitor.replica < 3; visitor.replica += 1) {
      expect((await visitor.json('get', '/profile')).status).toBe(401)
      expect((await visitor.json('post', '/auth/refresh')).status).toBe(401)
    }
  })

  it('D6 says once that the token is dead when a replica died between the rotation and the save', async () => {
    const visitor = await signedIn('unlucky')
    provider.refreshes = { asked: 0, refused: 0 }
    visitor.replica = 2
    const rotated = new Promise<void>((resolve) => {
      provider.hold.rotated = async () => {
        resolve()
        await pause(300)
      }
    })
    const lost = visitor.json('post', '/auth/refresh')
    await rotated
    await site.replicas[2]?.end('SIGKILL')
    expect((await lost).status).toBe(502)
    provider.hold.rotated = nothing
    await site.restart(2)
    await pause(15_000)
    const first = await visitor.json('post', '/auth/refresh')
    expect([first.status, first.json.code]).toEqual([409, 'invalid_grant'])
    const again = await visitor.json('post', '/auth/refresh')
    expect([again.status, again.json.code]).toEqual([409, 'invalid_grant'])
    // The second answer is known without asking.
    expect(provider.refreshes).toEqual({ asked: 2, refused: 1 })
    const page = await visitor.get('/profile')
    expect(page.status).toBe(200)
    expect(page.text).toContain('/auth/oauth2')
  }, 60_000)

  it('D6 works on without a word where the token does not change from call to call', async () => {
    provider.rotates = false
    const visitor = await signedIn('lucky')
    const { refresh_token } = (await visitor.json('get', '/profile')).json
    provider.refreshes = { asked: 0, refused: 0 }
    visitor.replica = 2
    const arrived = new Promise<void>((resolve) => {
      provider.hold.rotated = async () => {
        resolve()
        await pause(300)
      }
    })
    const lost = visitor.json('post', '/auth/refresh')
    await arrived
    await site.replicas[2]?.end('SIGKILL')
    expect((await lost).status).toBe(502)
    provider.hold.rotated = nothing
    await site.restart(2)
    await pause(15_000)
    const again = await visitor.json('post', '/auth/refresh')
    provider.rotates = true
    expect([again.status, again.json.refresh_token]).toEqual([200, refresh_token])
    expect(provider.refreshes).toEqual({ asked: 2, refused: 0 })
  }, 60_000)

  it('D7 shows a new token once when it can not be stored, and stores it as soon as it can', async () => {
    const visitor = await signedIn('unstored')
    provider.refreshes = { asked: 0, refused: 0 }
    visitor.replica = 0
    provider.hold.rotated = () => redis.command('REPLICAOF', '127.0.0.1', '1')
    const answer = await visitor.json('post', '/auth/refresh')
    expect([answer.status, answer.json.code, answer.json.stored]).toEqual([503, 'store_unavailable', false])
    expect(answer.headers.get('retry-after')).not.toBeNull()
    expect(provider.lives(answer.json.refresh_token)).toBe(true)
    provider.hold.rotated = nothing

    await redis.command('REPLICAOF', 'NO', 'ONE')
    for (visitor.replica = 0; visitor.replica < 3; visitor.replica += 1) {
      const shown = async () => (await visitor.json('get', '/profile')).json?.refresh_token
      while ((await shown()) !== answer.json.refresh_token) await pause(200)
    }
    visitor.replica = 1
    const next = await visitor.json('post', '/auth/refresh')
    expect(next.status).toBe(200)
    expect(provider.refreshes).toEqual({ asked: 2, refused: 0 })
  }, 60_000)

  it('D7 lets nobody use the token before its successor is stored, as soon as the store is back', async () => {
    const visitor = await signedIn('impatient')
    provider.refreshes = { asked: 0, refused: 0 }
    for (let times = 1; times <= 3; times += 1) {
      visitor.replica = 0
      // A lease can be given back although the memory is full, and a token can't be saved.
      provider.hold.rotated = () => redis.command('CONFIG', 'SET', 'maxmemory', '1')
      const { status, json } = await visitor.json('post', '/auth/refresh')
      expect([status, json.stored]).toEqual([503, false])
      provider.hold.rotated = nothing
      visitor.replica = times % 2 === 0 ? 0 : 1
      await redis.command('CONFIG', 'SET', 'maxmemory', '0')
      const next = await visitor.json('post', '/auth/refresh')
      expect([next.status, provider.lives(next.json.refresh_token)]).toEqual([200, true])
    }
    expect(provider.refreshes.refused).toBe(0)
  }, 60_000)

  it('D7 shows it on the page as well, when Redis lost everything in the middle of a refresh', async () => {
    const visitor = await signedIn('emptied')
    provider.hold.rotated = () => redis.command('FLUSHALL')
    const page = await visitor.post('/auth/refresh')
    provider.hold.rotated = nothing
    expect(page.status).toBe(503)
    const shown = /refresh-[\w-]{32}/.exec(page.text)?.[0] ?? ''
    expect(provider.lives(shown)).toBe(true)
  })
})
