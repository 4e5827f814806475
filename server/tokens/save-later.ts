import { setTimeout as pause } from 'node:timers/promises'
import { LIFETIMES } from '../config/session-lifetimes.js'

const TRIES_EVERY = 200
/** After this long without a read the record has expired. */
const TRIES_FOR = LIFETIMES.local.idle

/** Repeats failed saves until the store works again. Otherwise the next refresh would send a token that was used before. */
export interface SaveLater {
  /** Starts to try. */
  add(id: string, save: () => Promise<unknown>): void
  /** Tries now. Resolves when every save of this id is done; rejects with the reason if it fails. */
  before(id: string): Promise<void>
  /** Resolves when every save of this id is done; null if none is waiting. */
  unfinished(id: string): Promise<void> | null
  /** Returns the number of waiting saves. */
  readonly waiting: number
}

interface Waiting {
  save: () => Promise<unknown>
  trying: Promise<void> | null
  unfinished: Promise<void>
}

export function createSaveLater(): SaveLater {
  const waiting = new Map<string, Waiting>()

  /** Tries one save at a time. If the record is gone in the meantime, the save is done. */
  function attempt(id: string): Promise<void> {
    const entry = waiting.get(id)
    if (!entry) return Promise.resolve()
    entry.trying ??= entry
      .save()
      .catch((error: { code?: string }) => {
        if (error.code === 'store_unavailable') throw error
      })
      .then(() => {
        if (waiting.get(id) === entry) waiting.delete(id)
      })
      .finally(() => {
        entry.trying = null
      })
    return entry.trying
  }

  async function keepTrying(id: string): Promise<void> {
    for (const giveUp = performance.now() + TRIES_FOR; performance.now() < giveUp; ) {
      await pause(TRIES_EVERY, undefined, { ref: false })
      await attempt(id).catch(() => {})
      if (!waiting.has(id)) return
    }
    waiting.delete(id)
  }

  return {
    add(id, save) {
      const unfinished = waiting.get(id)?.unfinished ?? keepTrying(id)
      waiting.set(id, { save, trying: null, unfinished })
    },
    before: attempt,
    unfinished: (id) => waiting.get(id)?.unfinished ?? null,
    get waiting() {
      return waiting.size
    },
  }
}
