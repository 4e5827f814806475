import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createMemoryRecords } from '../../server/stores/memory.js'
import type { Records } from '../../server/stores/records.js'
import { createRedisRecords } from '../../server/stores/redis.js'
import { connectRedis } from '../../server/stores/redis-connection.js'
import { type Redis, startRedis } from '../support/redis.js'
import { describeWith, lacking } from '../support/tools.js'
import { pause } from '../support/wait.js'

/** What both kinds of records promise. */
function promises(open: () => Promise<Records>): void {
  let records: Records

  beforeAll(async () => {
    records = await open()
  })
  afterAll(() => records.close())

  it('reads what was written, at version 1, until its time is over', async () => {
    await records.create('short', 'a value', 80)
    expect(await records.read('short')).toEqual({ value: 'a value', version: 1 })
    await pause(120)
    expect(await records.read('short')).toBeNull()
  })

  it('prolongs a record by reading it, when asked to', async () => {
    await records.create('long', 'a value', 150)
    await records.read('long', 5_000)
    await pause(200)
    expect(await records.read('long')).toEqual({ value: 'a value', version: 1 })
  })

  it('replaces over the version that was read, and over no other', async () => {
    await records.create('replaced', 'one', 5_000)
    expect(await records.replace('replaced', 'two', 1)).toBe(2)
    expect(await records.replace('replaced', 'lost', 1)).toBeNull()
    expect(await records.read('replaced')).toEqual({ value: 'two', version: 2 })
    expect(await records.replace('not there', 'lost', 1)).toBeNull()
    expect(await records.read('not there')).toBeNull()
  })

  it('keeps every byte as it is', async () => {
    const every = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('')
    await records.create('bytes', every, 5_000)
    expect(await records.read('bytes')).toEqual({ value: every, version: 1 })
    await records.replace('bytes', every + every, 1)
    expect(await records.read('bytes', 5_000)).toEqual({ value: every + every, version: 2 })
    expect(await records.take('bytes')).toBe(every + every)
  })

  it('takes the version as a number: 1 does not stand for 12', async () => {
    await records.create('many', '', 5_000)
    for (let version = 1; version < 12; version += 1) await records.replace('many', `${version + 1} apples`, version)
    expect(await records.read('many')).toEqual({ value: '12 apples', version: 12 })
    expect(await records.replace('many', 'lost', 1)).toBeNull()
  })

  it("keeps a record's end when it is replaced", async () => {
    await records.create('ending', 'one', 150)
    await records.replace('ending', 'two', 1)
    await pause(200)
    expect(await records.read('ending')).toBeNull()
  })

  it('gives a record to exactly one of many that take it', async () => {
    await records.create('once', 'a value', 5_000)
    const taken = await Promise.all(Array.from({ length: 20 }, () => records.take('once')))
    expect(taken.filter((value) => value === 'a value')).toHaveLength(1)
    expect(taken.filter((value) => value === null)).toHaveLength(19)
  })

  it('leases to one holder, who alone renews and gives back', async () => {
    expect(await records.acquire('lease', 'ann', 600)).toBe(true)
    expect(await records.acquire('lease', 'bob', 600)).toBe(false)
    expect(await records.renew('lease', 'bob', 5_000)).toBe(false)
    await records.release('lease', 'bob')
    expect(await records.renew('lease', 'ann', 5_000)).toBe(true)
    await pause(700)
    expect(await records.acquire('lease', 'bob', 200)).toBe(false)
    await records.release('lease', 'ann')
    expect(await records.acquire('lease', 'bob', 100)).toBe(true)
    await pause(150)
    expect(await records.acquire('lease', 'ann', 100)).toBe(true)
    expect(await records.renew('lease', 'bob', 100)).toBe(false)
  })

  it('writes a list and its entries together or not at all', async () => {
    const { lists } = records
    const lasts = { idle: 5_000, absolute: 5_000 }
    const write = (over: number, latest: string, id: string) =>
      lists.write('a', {
        head: { value: `${over + 1}`, over, latest },
        entries: [{ id, value: `of ${id}`, over: 0 }],
        lasts,
      })
    expect(await write(0, 'one', 'one')).toBe(true)
    expect(await write(1, 'two', 'two')).toBe(true)
    expect(await write(1, 'lost', 'lost')).toBe(false)
    expect(await lists.write('a', { entries: [{ id: 'one', value: 'lost', over: 2 }] })).toBe(false)
    expect(await lists.write('a', { entries: [{ id: 'one', value: 'new', over: 1 }] })).toBe(true)
    const head = { value: '2', version: 2 }
    const two = { value: 'of two', version: 1 }
    const one = { value: 'new', version: 2 }
    expect(await lists.read('a', 'latest')).toEqual({ head, entries: new Map([['two', two]]) })
    expect(await lists.read('a', { id: 'one' })).toEqual({ head, entries: new Map([['one', one]]) })
    expect(await lists.read('a', { id: 'head' })).toEqual({ head, entries: new Map() })
    const all = await lists.read('a', 'all')
    expect(all?.entries).toEqual(new Map([['one', one], ['two', two]])) // biome-ignore format: one row
  })

  it('brings nothing back of a list that was removed', async () => {
    const { lists } = records
    const head = { value: 'x', over: 0, latest: 'one' }
    const entry = { id: 'one', value: 'x', over: 0 }
    await lists.write('b', { head, entries: [entry], lasts: { idle: 5_000, absolute: 5_000 } })
    await lists.remove('b')
    expect(await lists.write('b', { entries: [{ ...entry, over: 1 }] })).toBe(false)
    expect(await lists.write('b', { head: { ...head, over: 1 }, entries: [] })).toBe(false)
    expect(await lists.read('b', 'all')).toBeNull()
  })

  it('removes', async () => {
    await records.create('removed', 'a value', 5_000)
    await records.remove('removed')
    expect(await records.read('removed')).toBeNull()
    await records.remove('removed')
  })
}

describe('records in memory', () => {
  promises(async () => createMemoryRecords())
})

describeWith(lacking('redis-server'), 'records in Redis', () => {
  let redis: Redis

  promises(async () => {
    redis = await startRedis()
    const records = createRedisRecords(connectRedis(redis.url, 'server', () => {}))
    while (await records.ping().catch(() => true)) await pause(10)
    return records
  })
  afterAll(() => redis.stop())

  it('gives every key a time to live', async () => {
    const keys = (await redis.command('KEYS', '*')) as string[]
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) expect(await redis.command('PTTL', key)).toBeGreaterThan(0)
  })
})
