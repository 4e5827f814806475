import type { Records } from './records.js'
import { bytes, parse, raw } from './redis-bytes.js'
import { KEY_PREFIX, type RedisConnection } from './redis-connection.js'
import { createRedisLists } from './redis-lists.js'

/** Stores records in Redis (6.2 or later) for every replica. Each is one string, `VERSION VALUE`, with a time to live. */
export function createRedisRecords(connection: RedisConnection): Records {
  const { call, close } = connection
  const named = (key: string) => KEY_PREFIX + key
  const lasting = (ttl: number) => ({ type: 'PX' as const, value: Math.max(1, Math.floor(ttl)) })

  return {
    lists: createRedisLists(connection),
    async create(key, value, ttl) {
      await call((redis) => redis.set(named(key), bytes(1, value), { expiration: lasting(ttl) }))
    },
    async read(key, ttl) {
      const record = await call((redis) =>
        ttl === undefined ? raw(redis).get(named(key)) : raw(redis).getEx(named(key), lasting(ttl)),
      )
      return record === null ? null : parse(record)
    },
    async replace(key, value, version) {
      const next = version + 1
      const done = await call((redis) => redis.replaceRecord(named(key), String(version), bytes(next, value)))
      return done ? next : null
    },
    async take(key) {
      const record = await call((redis) => raw(redis).getDel(named(key)))
      return record === null ? null : parse(record).value
    },
    async remove(key) {
      await call((redis) => redis.del(named(key)))
    },
    async acquire(key, holder, ttl) {
      const options = { condition: 'NX' as const, expiration: lasting(ttl) }
      return (await call((redis) => redis.set(named(key), holder, options))) !== null
    },
    renew: (key, holder, ttl) => call((redis) => redis.renewLease(named(key), holder, String(ttl))),
    async release(key, holder) {
      await call((redis) => redis.releaseLease(named(key), holder))
    },
    async ping() {
      await call((redis) => redis.set(named('ping'), '1', { expiration: lasting(10_000) }))
    },
    async close() {
      close()
    },
  }
}
