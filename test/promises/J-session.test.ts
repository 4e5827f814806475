import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { AppError } from '../../server/errors.js'
import type { Records } from '../../server/stores/records.js'
import { type FaultyProvider, startFaultyProvider } from '../support/faulty-provider.js'
import { Visitor } from '../support/visitor.js'
import { pause } from '../support/wait.js'
import { type GivenStore, startWithStore } from './given-store.js'
import { JSON_PLEASE, refresh, tokensOf } from './rig.js'

/** Long enough for a lease whose holder does not renew it. */
const AFTER_A_LEASE = 20_000

let provider: FaultyProvider
let app: GivenStore
let now: number
/** Names of the lists that were written. */
let lists: Set<string>
/** How many writes of lists fail from now on. */
let failing: number
/** How many were tried. */
let writes: number
/** Called when a lease is taken. */
let leased: () => void

/** Our records, whose lists refuse to be written for as long as `failing` says. */
const failingRecords = (records: Records): Records => ({
  ...records,
  acquire(...given) {
    leased()
    return records.acquire(...given)
  },
  lists: {
    ...records.lists,
    async write(list, change) {
      lists.add(list)
      writes += 1
      if (failing > 0) {
        failing -= 1
        throw new AppError('store_unavailable', 'The store is away.')
      }
      return records.lists.write(list, change)
    },
  },
})

beforeEach(async () => {
  now = Date.now()
  failing = 0
  writes = 0
  leased = () => {}
  lists = new Set()
  provider = await startFaultyProvider()
  app = await startWithStore(provider.env, { now: () => now, records: failingRecords })
})
afterEach(async () => {
  await app.close()
  await provider.stop()
})

async function signedIn(): Promise<Visitor> {
  const visitor = new Visitor(app)
  expect((await visitor.signIn('', '')).status).toBe(200)
  return visitor
}

/** All that the store holds of the lists that were ever written. */
const stored = async () => {
  const found = await Promise.all([...lists].map((list) => app.dependencies.records.lists.read(list, 'all')))
  return found.flatMap((list) => (list ? [...list.entries.keys()] : []))
}

it('J19 the first pasted token makes a new session, so that a planted one leads nowhere', async () => {
  const [thief, person] = [new Visitor(app), new Visitor(app)]
  await thief.get('/auth/oauth2')
  person.cookie = thief.cookie
  expect((await person.post('/auth/token', { refresh_token: 'a-token-0123456789' })).status).toBe(303)
  expect((await person.get('/profile')).status).toBe(200)
  expect((await thief.get('/profile', JSON_PLEASE)).status).toBe(401)
})

it('J19 signing out removes the tokens from the store', async () => {
  const visitor = await signedIn()
  await visitor.signIn('', '')
  expect(await stored()).toHaveLength(2)
  const answer = await visitor.post('/auth/logout')
  expect(answer.headers.get('clear-site-data')).toBe('"cache", "storage"')
  expect(await stored()).toEqual([])
})

it('J19 forgetting a token removes it from the store, and it alone', async () => {
  const visitor = await signedIn()
  const first = await tokensOf(visitor)
  await visitor.signIn('', '')
  await visitor.post('/auth/forget', { id: first.id })
  expect(await stored()).toEqual([(await tokensOf(visitor)).id])
})

it('J19 a list ends with its session, however late it was looked at', async () => {
  const visitor = await signedIn()
  const hour = 3_600_000
  for (let hours = 0; hours < 21; hours += 7) {
    now += 7 * hour
    expect((await visitor.get('/profile')).status).toBe(200)
  }
  expect(await stored()).toHaveLength(1)
  now += 3 * hour + 1
  expect(await stored()).toEqual([])
})

it('J19 a save that the store refuses is tried three times', async () => {
  const visitor = await signedIn()
  failing = 2
  expect((await refresh(visitor)).status).toBe(200)
  failing = 3
  const refused = await refresh(visitor)
  expect([refused.status, refused.json.stored]).toEqual([503, false])
})

it('J19 a token is not used before its successor is stored, also when nobody holds its lease any more', async () => {
  provider.rotates = true
  const visitor = await signedIn()
  failing = Number.POSITIVE_INFINITY
  const lost = await refresh(visitor)
  expect([lost.status, lost.json.stored]).toEqual([503, false])
  now += AFTER_A_LEASE
  leased = () => {
    failing = 0
  }
  const next = await refresh(visitor)
  expect([next.status, provider.isLive(next.json.refresh_token)]).toEqual([200, true])
})

it('J19 a save that comes late takes nothing back from what another process has stored since', async () => {
  const visitor = await signedIn()
  const other = await startWithStore(provider.env, { now: () => now, beside: app })
  failing = Number.POSITIVE_INFINITY
  expect((await refresh(visitor)).status).toBe(503)
  now += AFTER_A_LEASE
  const there = new Visitor({ url: other.url })
  there.cookie = visitor.cookie.replace(`otm_${app.port}`, `otm_${other.port}`)
  const newest = await refresh(there)
  expect(newest.status).toBe(200)
  writes = 0
  failing = 0
  // It is tried every 200 ms: once over what was read, and once over what is there by now.
  while (writes < 2) await pause(20)
  await pause(50)
  expect((await tokensOf(visitor)).access_token).toBe(newest.json.access_token)
  await other.close()
})
