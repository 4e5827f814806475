import { createMemoryBudget, type MemoryBudget } from './memory-budget.js'
import { createMemoryLists } from './memory-lists.js'
import type { Records } from './records.js'

interface Entry {
  value: string
  version: number
  expires: number
}

const SWEEP_EVERY = 60_000

/**
 * Anyone can start sign-ins, so beyond this number the oldest one goes. People start fewer in the ten minutes that a sign-in can
 * take.
 */
const SIGN_INS_AT_MOST = 5_000
/** Keys of an unfinished sign-in and of its result. */
const OF_A_SIGN_IN = ['sign-in:', 'signed-in:', 'failed:']

/** Keeps records in the memory of this process. `now` is the clock, in milliseconds. */
export function createMemoryRecords(
  now: () => number = Date.now,
  budget: MemoryBudget = createMemoryBudget(),
): Records {
  const entries = new Map<string, Entry>()
  /** Keys of these records, the oldest first. */
  const signIns = new Set<string>()

  const forget = (key: string) => {
    budget.change(-(entries.get(key)?.value.length ?? 0))
    entries.delete(key)
    signIns.delete(key)
  }

  const makeRoom = (key: string, value: string) => {
    if (OF_A_SIGN_IN.some((prefix) => key.startsWith(prefix))) {
      signIns.add(key)
      if (signIns.size > SIGN_INS_AT_MOST) forget(signIns.values().next().value as string)
    }
    budget.change(value.length)
  }
  const lists = createMemoryLists(now, budget)

  const live = (key: string): Entry | null => {
    const entry = entries.get(key)
    if (!entry) return null
    if (entry.expires > now()) return entry
    forget(key)
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
      forget(key)
      makeRoom(key, value)
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
      budget.change(value.length - entry.value.length)
      entry.value = value
      entry.version += 1
      return entry.version
    },
    async take(key) {
      const entry = live(key)
      forget(key)
      return entry?.value ?? null
    },
    async remove(key) {
      forget(key)
    },
    async acquire(key, holder, ttl) {
      if (live(key)) return false
      budget.change(holder.length)
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
      if (live(key)?.value === holder) forget(key)
    },
    async ping() {},
    async close() {
      clearInterval(sweep)
      entries.clear()
      lists.clear()
    },
  }
}
