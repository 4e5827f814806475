import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import session from 'express-session'
import fc from 'fast-check'
import { createApp } from '../../server/app.js'
import { createDependencies } from '../../server/dependencies.js'
import { createLogger } from '../../server/log/logger.js'
import { listen, portOf } from '../../server/process/listen.js'
import { slow } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'
import { JSON_PLEASE, outcome, type Rig, refresh, startRig, tokensOf } from './rig.js'

describe('a sign-in', () => {
  let rig: Rig
  let visitor: Visitor

  beforeAll(async () => {
    rig = await startRig()
  })
  afterAll(() => rig.close())
  beforeEach(() => {
    rig.provider.givesRefreshToken = true
    rig.provider.claims = { sub: 'ann', preferred_username: 'ann' }
    visitor = new Visitor(rig.app)
  })

  it('A2 a hundred times makes a hundred states and verifiers that nobody can guess, and logs none', async () => {
    rig.provider.received.length = 0
    const states: string[] = []
    for (let time = 0; time < 100; time += 1) {
      // A list holds 50 tokens.
      const somebody = time < 40 ? visitor : new Visitor(rig.app)
      const callback = await somebody.authorize('', '')
      states.push(new URL(callback).searchParams.get('state') ?? '')
      expect((await somebody.get(callback)).status).toBe(303)
    }
    const exchanges = rig.provider.received.filter(({ form }) => form.has('code_verifier'))
    expect(exchanges).toHaveLength(100)
    const verifiers = exchanges.map(({ form }) => form.get('code_verifier') ?? '')
    const asked = rig.provider.received.filter(({ path }) => path === '/auth').map(({ form }) => form)
    expect(asked.every((form) => form.get('code_challenge_method') === 'S256')).toBe(true)
    expect(asked.every((form) => form.get('response_type') === 'code')).toBe(true)
    for (const values of [states, verifiers, asked.map((form) => form.get('code_challenge') ?? '')]) {
      expect(new Set(values).size).toBe(100)
      for (const value of values) expect(value).toMatch(/^[\w.~-]{43,128}$/)
      // 128 bits of chance at least: at every place (but the last, where less than a letter is left) a hundred letters of 64 are
      // some 51 different ones.
      for (let place = 0; place < 42; place += 1) {
        expect(new Set(values.map((value) => value[place])).size).toBeGreaterThan(30)
      }
    }
    const log = rig.app.logged.join()
    for (const secret of [...states, ...verifiers]) expect(log).not.toContain(secret)
  })

  it('A3 gives the browser a new session, and ends the one that was planted or signed in before', async () => {
    const thief = new Visitor(rig.app)
    await thief.get('/auth/oauth2')
    const planted = thief.cookie
    visitor.cookie = planted
    expect((await visitor.signIn('', '')).status).toBe(200)
    expect(visitor.cookie).not.toBe(thief.cookie)
    expect((await thief.get('/profile', JSON_PLEASE)).status).toBe(401)
    // The planted one is dead, not only without tokens: a sign-in begun in it can't be ended by whoever planted it.
    thief.cookie = planted
    expect((await thief.get('/profile', JSON_PLEASE)).status).toBe(401)

    const anns = await tokensOf(visitor)
    const old = new Visitor(rig.app)
    old.cookie = visitor.cookie
    rig.provider.claims = { sub: 'ben', preferred_username: 'ben' }
    const page = await visitor.signIn('', '')
    expect(page.text).toContain('ben')
    expect(page.text).not.toContain('ann')
    expect(page.text).not.toContain(anns.refresh_token)
    expect((await old.get('/profile', JSON_PLEASE)).status).toBe(401)
    expect(rig.provider.isLive(anns.refresh_token)).toBe(true)
  })

  it('A4 in two tabs ends well in both, whichever is finished first', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const tabs = [await visitor.authorize('', ''), await visitor.authorize('', '')]
      for (const tab of order) {
        const answer = await visitor.get(tabs[tab] as string)
        expect([answer.status, answer.headers.get('location')]).toEqual([303, '/profile'])
        expect((await visitor.get('/profile')).status).toBe(200)
      }
    }
  })

  it('A4 in more than eight tabs forgets the oldest, and no other', async () => {
    const tabs: string[] = []
    for (let tab = 0; tab < 9; tab += 1) tabs.push(await visitor.authorize('', ''))
    const [oldest, ...rest] = tabs as [string, ...string[]]
    expect(outcome(await visitor.get(oldest, JSON_PLEASE))).toBe('403 invalid_state')
    for (const tab of rest) expect((await visitor.get(tab)).status).toBe(303)
  })

  it('A5 is saved before any redirect leaves, also by a slow store', async () => {
    const dependencies = await createDependencies(rig.app.config, { logger: createLogger('silent') })
    const saved: number[] = []
    const slow = new (class extends session.MemoryStore {
      override set(id: string, data: session.SessionData, done?: (error?: unknown) => void) {
        setTimeout(() => {
          saved.push(performance.now())
          super.set(id, data, done)
        }, 500)
      }
    })()
    const app = await createApp(rig.app.config, { ...dependencies, sessionStore: slow })
    const servers = await listen(app, '127.0.0.1', 0)
    const port = portOf(servers[0]) ?? 0
    // The Host is the known one; the port is another.
    const ask = (path: string, cookie = '') => askAs(`localhost:${rig.app.port}`, port, path, cookie)

    const begun = await ask('/auth/oauth2')
    expect([begun.status, saved.length]).toEqual([302, 1])
    expect(begun.at).toBeGreaterThan(saved[0] as number)
    const back = new URL((await fetch(begun.location, { redirect: 'manual' })).headers.get('location') as string)
    const ended = await ask(back.pathname + back.search, begun.cookie)
    expect([ended.status, ended.location]).toEqual([303, '/profile'])
    expect(ended.at).toBeGreaterThan(saved[1] as number)
    expect((await ask('/profile', ended.cookie)).status).toBe(200)
    for (const server of servers) server.close()
    await dependencies.close()
  })

  it('A6 without a refresh token says so and what to do, and offers nothing that would be empty', async () => {
    rig.provider.givesRefreshToken = false
    const page = await visitor.signIn('', '')
    expect(page.status).toBe(200)
    expect(page.text).toContain('No refresh token.')
    expect(page.text).toContain('offline_access')
    expect(page.text).not.toContain('id="refresh-token"')
    expect((await tokensOf(visitor)).refresh_token).toBeNull()
    expect(outcome(await refresh(visitor))).toBe('409 no_refresh_token')
    expect(outcome(await visitor.post('/auth/prove', {}, JSON_PLEASE))).toBe('409 no_refresh_token')
    expect(outcome(await visitor.get('/profile/device-config/json', JSON_PLEASE))).toBe('409 no_refresh_token')
  })

  slow('A7 ends at the tokens, whatever a parameter or a claim says', async () => {
    const names = [
      ...['returnTo', 'return_to', 'next', 'redirect_uri', 'redirect', 'url', 'continue', 'state'],
      ...['callbackURL', 'failureRedirect', 'successRedirect', 'place', 'scope', 'client_id', 'response_type'],
    ]
    const paths = [
      ...['/', '/profile', '/nothing', '/healthz', '/readyz', '/profile/device-config', '/profile/device-config/json'],
      ...['/profile/reminder.ics', '/auth/check', '/auth/logout'],
    ]
    const schemes = fc.constantFrom('https://', 'http:', '//', '/\\', '\\\\', '/%09/', 'javascript:', 'data:', '', '@')
    const rest = fc.string({ unit: fc.constantFrom(...'evil.test:@/\\?#%2f&='), minLength: 1, maxLength: 20 })
    const targets = fc.tuple(schemes, rest).map((parts) => parts.join(''))
    const redirectUri = `${rig.app.url}/auth/oauth2/callback`
    await fc.assert(
      fc.asyncProperty(fc.subarray(names, { minLength: 1 }), targets, async (chosen, target) => {
        const query = new URLSearchParams(chosen.map((name) => [name, target]))
        const someone = new Visitor(rig.app)
        for (const path of paths) {
          const location = (await someone.get(`${path}?${query}`)).headers.get('location')
          expect(location === null || location === '/').toBe(true)
        }
        const begun = new URL((await someone.get(`/auth/oauth2?${query}`)).headers.get('location') as string)
        expect(begun.origin).toBe(rig.provider.issuer)
        expect(begun.searchParams.getAll('redirect_uri')).toEqual([redirectUri])
        expect(begun.searchParams.getAll('client_id')).toEqual([rig.provider.clientId])
        expect(begun.searchParams.getAll('scope')).toEqual(['offline_access'])
        const callback = await someone.authorize('', '', `/auth/oauth2?${query}`)
        expect((await someone.get(`${callback}&returnTo=${encodeURIComponent(target)}`)).headers.get('location')).toBe(
          '/profile',
        )
        // Signed in, and the same callback once more: where it leads is no more to be chosen than before.
        expect((await someone.get(`${callback}&next=${encodeURIComponent(target)}`)).headers.get('location')).toBe(
          '/profile',
        )
      }),
      { numRuns: 300 },
    )
    const prompted = await new Visitor(rig.app).get('/auth/oauth2?prompt=https://evil.test', JSON_PLEASE)
    expect([outcome(prompted), prompted.headers.get('location')]).toEqual(['400 invalid_field', null])
    rig.provider.claims = {
      sub: 'https://evil.test/sub',
      preferred_username: 'javascript:alert(1)',
      email: 'https://evil.test/mail',
    }
    const page = await visitor.signIn('', '')
    expect(page.text).not.toMatch(/(href|src|action)="(https:\/\/evil|javascript)/)
  })
})

/** A request with a Host of its own, which `fetch` would not send; when the first byte of the answer came. */
async function askAs(host: string, port: number, path: string, cookie: string) {
  return new Promise<{ status: number; location: string; cookie: string; at: number }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers: { host, cookie } }, (response) => {
      const at = performance.now()
      response.resume().on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          location: response.headers.location ?? '',
          cookie: (response.headers['set-cookie']?.[0] ?? cookie).split(';', 1)[0] as string,
          at,
        }),
      )
    })
    sent.on('error', reject).end()
  })
}
