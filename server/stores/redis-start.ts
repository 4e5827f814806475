import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { AppError } from '../errors.js'
import type { Records } from './records.js'
import { createRedisRecords } from './redis.js'
import { createServerClient, KEY_PREFIX, type RedisConnection } from './redis-connection.js'
import { meaning, StoreError, toldByRedis, UNTRUSTED } from './store-unavailable.js'

/** Time for each of the two steps, in milliseconds. Together with the last attempt, both end within 10 s. */
const TRIES_FOR = 3_500
const ASKS_EVERY = 200

/** Failures that may pass, because Redis may be starting too. Any other failure is a mistake in the set-up. */
const MAY_PASS = [null, 'TIMEOUT', 'ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'LOADING', 'CLUSTERDOWN']

/** The largest difference between clocks, in milliseconds: each replica compares its own clock with times that another wrote. */
const SKEW_AT_MOST = 30_000
const HOUR = 3_600_000

/**
 * Asks Redis whether it is one server or a Cluster.
 * @throws StoreError if Redis does not answer in time, or refuses us.
 */
export async function kindOf(url: string): Promise<'server' | 'cluster'> {
  return untilItAnswers(url, async () => {
    const client = createServerClient(url, {
      connectTimeout: 2_000,
      socketTimeout: 2_000,
      reconnectStrategy: false,
    })
    client.on('error', () => {})
    try {
      await client.connect()
      const { mode } = await client.hello()
      if (mode === 'sentinel') {
        throw new StoreError(`REDIS_URL: ${place(url)} is a Sentinel. Set REDIS_URL to its primary.`)
      }
      return mode === 'cluster' ? 'cluster' : 'server'
    } finally {
      client.destroy()
    }
  })
}

/**
 * Tries once what the app does all the time, with a test key. So a mistake shows at the start, not during a refresh.
 * @throws StoreError that says what does not work.
 */
export async function testRedis(connection: RedisConnection, url: string, now: () => number): Promise<void> {
  const records = createRedisRecords(connection)
  const key = `self-test:{${randomBytes(12).toString('base64url')}}`
  await untilItAnswers(url, async () => {
    await records.create(key, 'written', 10_000)
    const read = await records.read(key, 10_000)
    const replaced = read && (await records.replace(key, 'replaced', read.version))
    const taken = await records.take(key)
    const leased = await records.acquire(key, 'holder', 10_000)
    const renewed = await records.renew(key, 'holder', 10_000)
    await records.release(key, 'holder')
    if (replaced !== 2 || taken !== 'replaced' || !leased || !renewed) {
      throw new StoreError(`Redis at ${place(url)} does not return what we wrote. Is it Redis 6.2 or later?`)
    }
    await refuseLostLists(records, key, url)
    await refuseSkew(connection, KEY_PREFIX + key, url, now)
  })
}

/** Tries our scripts that write and read a list. */
async function refuseLostLists({ lists }: Records, list: string, url: string): Promise<void> {
  const lasts = { idle: 10_000, absolute: 10_000 }
  const head = { value: 'head', over: 0, latest: 'an-id' }
  const written = await lists.write(list, { head, entries: [{ id: 'an-id', value: 'entry', over: 0 }], lasts })
  const found = await lists.read(list, 'latest')
  await lists.remove(list)
  if (written && found?.entries.get('an-id')?.value === 'entry') return
  throw new StoreError(`Redis at ${place(url)} does not return what we wrote. Is it Redis 6.2 or later?`)
}

/** Compares the clocks: writes a key that expires in an hour by our clock, and asks how long it lives. Every user can do this, also in a Cluster. */
async function refuseSkew({ call }: RedisConnection, key: string, url: string, now: () => number): Promise<void> {
  const end = now() + HOUR
  await call((redis) => redis.set(key, 'ends', { expiration: { type: 'PXAT', value: end } }))
  const left = await call((redis) => redis.pTTL(key))
  await call((redis) => redis.del(key))
  const skew = left - (end - now())
  if (Math.abs(skew) <= SKEW_AT_MOST) return
  const apart = left < 0 ? 'an hour or more' : `${Math.round(Math.abs(skew) / 1000)} seconds`
  throw new StoreError(
    `This machine's clock is ${apart} ${skew > 0 ? 'ahead of' : 'behind'} that of Redis at ${place(url)}: sessions would end at the wrong time. Set both by NTP.`,
  )
}

async function untilItAnswers<T>(url: string, work: () => Promise<T>): Promise<T> {
  const giveUp = performance.now() + TRIES_FOR
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (error instanceof StoreError) throw error
      const reason = reasonOf(error)
      if (MAY_PASS.includes(reason) && performance.now() < giveUp) await pause(ASKS_EVERY)
      else throw new StoreError(`REDIS_URL: Redis at ${place(url)} can't be used: ${meaning(reason)}. ${cure(reason)}`)
    }
  }
}

/** Returns the reason of an error or of its cause in one word. */
const reasonOf = (error: unknown): string | null =>
  toldByRedis((error as AppError).cause ?? null) ?? (isApp(error) ? null : toldByRedis(error))

const isApp = (error: unknown) => (error as Error)?.name === 'AppError'

/** Names host and port, never the user or the password. */
const place = (url: string) => new URL(url).host

function cure(reason: string | null): string {
  if (reason === 'NOAUTH' || reason === 'WRONGPASS') return 'Write REDIS_URL=redis://USER:PASSWORD@HOST:6379'
  if (reason === 'NOPERM')
    return 'Its user needs +@read +@write +@scripting +@connection on the keys otm:*, and in a Cluster also +cluster|slots'
  if (reason === 'ERR') return 'Is it Redis 6.2 or later?'
  if (reason === 'READONLY') return 'Set REDIS_URL to the primary.'
  if (reason === 'OOM') return 'Give it more memory (maxmemory), with the policy noeviction.'
  if (reason !== null && UNTRUSTED.test(reason)) {
    return "Set NODE_EXTRA_CA_CERTS to your authority's certificate, and use the host name from Redis's certificate in REDIS_URL."
  }
  return 'Start it, or unset REDIS_URL to keep sessions in memory.'
}
