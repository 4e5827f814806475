import type { Store } from 'express-session'
import type { Logger } from 'pino'
import type { Config } from '../config/config.js'
import type { CountIn } from '../web/rate-limits.js'
import { MemorySessions } from '../web/sessions/memory-sessions.js'
import { createMemoryRecords } from './memory.js'
import type { Records } from './records.js'

/** Where sessions and records live. */
export interface Stores {
  records: Records
  sessionStore: Store
  /** Where a shared site counts requests. */
  countIn: CountIn
  close(): Promise<void>
}

/** In Redis where `REDIS_URL` names one, else in memory. */
export async function openStores(config: Config, now: () => number, logger: Logger): Promise<Stores> {
  if (config.redisUrl !== null) {
    // Loaded only where it is used: a start on somebody's own machine does not wait for it.
    const { openRedisStores } = await import('./redis-stores.js')
    return openRedisStores(config, now, logger)
  }
  const records = createMemoryRecords(now)
  const sessionStore = new MemorySessions(config.shared, now)
  return {
    records,
    sessionStore,
    countIn: () => undefined,
    async close() {
      sessionStore.close()
      await records.close()
    },
  }
}
