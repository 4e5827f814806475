import { createMemoryLists } from './memory-lists.js'
import type { Records } from './records.js'

interface Entry {
  value: string
  version: number
  expires: number
}

const SWEEP_EVERY = 60_000

/** Records of this process: for one instance, forgotten when it ends. `now` is the clock, in milliseconds. */
export function createMemoryRecords(now: () => number = Date.now): Records {
  const entries = new Map<string, Entry>()
  const lists = createMemoryLists(now)

  const live = (key: string): Entry | null => {
    const entry = entries.get(key)
    if (!entry) return null
    if (entry.expires > now()) return entry
    entries.delete(key)
    return null
  }

  const sweep = setInterval(() => {
    for (const key of entries.keys()) live(key)
    lists.sweep()
  }, SWEEP_EVERY)
  sweep.unref()

  return {
    lists,
    async create(key, value, ttl) {
      entries.set(key, { value, version: 1, expires: now() + ttl })
    },
    async read(key, ttl) {
      const entry = live(key)
      if (!entry) return null
      if (ttl !== undefined) entry.expires = now() + ttl
      return { value: entry.value, version: entry.version }
    },
    async replace(key, value, version) {
      const entry = live(key)
      if (entry?.version !== version) return null
      entry.value = value
      entry.version += 1
      return entry.version
    },
    async take(key) {
      const entry = live(key)
      entries.delete(key)
      return entry?.value ?? null
    },
    async remove(key) {
      entries.delete(key)
    },
    async acquire(key, holder, ttl) {
      if (live(key)) return false
      entries.set(key, { value: holder, version: 1, expires: now() + ttl })
      return true
    },
    async renew(key, holder, ttl) {
      const held = live(key)
      if (held?.value !== holder) return false
      held.expires = now() + ttl
      return true
    },
    async release(key, holder) {
      if (live(key)?.value === holder) entries.delete(key)
    },
    async ping() {},
    async close() {
      clearInterval(sweep)
      entries.clear()
      lists.clear()
    },
  }
}
