import { RESP_TYPES } from 'redis'
import type { Records } from './records.js'
import { KEY_PREFIX, type RedisClient, type RedisConnection } from './redis-connection.js'

/** Records in Redis (6.2 or later), shared by every replica. Each is one string, `VERSION VALUE`, with a time to live. */
export function createRedisRecords({ call, close }: RedisConnection): Records {
  const named = (key: string) => KEY_PREFIX + key
  const lasting = (ttl: number) => ({ type: 'PX' as const, value: Math.max(1, Math.floor(ttl)) })

  return {
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

/** The same client, giving bytes for what it reads. */
const raw = (redis: RedisClient) => redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })

const bytes = (version: number, value: string) => Buffer.from(`${version} ${value}`, 'latin1')

function parse(record: Buffer): { value: string; version: number } {
  const end = record.indexOf(' ')
  return { value: record.toString('latin1', end + 1), version: Number(record.toString('latin1', 0, end)) }
}
