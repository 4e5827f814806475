import type { Store } from 'express-session'
import type { Config } from '../config.js'
import { MemorySessions } from '../sessions/memory-sessions.js'
import { createMemoryRecords } from './memory.js'
import type { Records } from './records.js'

/** Where sessions and records live. */
export interface Stores {
  records: Records
  sessionStore: Store
  close(): Promise<void>
}

export async function openStores(config: Config, now: () => number): Promise<Stores> {
  const records = createMemoryRecords(now)
  const sessionStore = new MemorySessions(config.shared, now)
  return {
    records,
    sessionStore,
    async close() {
      sessionStore.close()
      await records.close()
    },
  }
}
