import type { Logger } from 'pino'
import type { Config } from '../config/config.js'
import { createMemoryRecords } from './memory.js'
import type { Records } from './records.js'
import type { RedisConnection } from './redis-connection.js'
import { requireRedisPackages } from './redis-packages.js'

/** The store of records. */
export interface Stores {
  records: Records
  /** null: in memory. */
  redis: RedisConnection | null
  close(): Promise<void>
}

/** Opens the records: in Redis if `REDIS_URL` is set, else in memory. */
export async function openStores(config: Config, now: () => number, logger: Logger): Promise<Stores> {
  if (config.redisUrl !== null) {
    // Loaded only if it is needed: Redis's client is the largest part of the app.
    requireRedisPackages()
    const { openRedisStores } = await import('./redis-stores.js')
    return openRedisStores(config.redisUrl, now, logger)
  }
  const records = createMemoryRecords(now)
  return { records, redis: null, close: () => records.close() }
}
