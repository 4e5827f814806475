import { setTimeout as pause } from 'node:timers/promises'
import { LIFETIMES } from '../config/session-lifetimes.js'

const TRIES_EVERY = 200
/** No record is there any longer that nobody has read for so long. */
const TRIES_FOR = LIFETIMES.local.idle

/** Saves that failed, tried again until the store takes them: else the next refresh would send a token that was used already. */
export interface SaveLater {
  /** Begins to try. */
  add(id: string, save: () => Promise<unknown>): void
  /** Tries now; resolves when nothing of this id waits to be saved any more, or rejects with why the try failed. */
  before(id: string): Promise<void>
  /** Resolves when nothing of this id waits any more; null when nothing does. */
  unfinished(id: string): Promise<void> | null
  /** How many wait. */
  readonly waiting: number
}

interface Waiting {
  save: () => Promise<unknown>
  trying: Promise<void> | null
  unfinished: Promise<void>
}

export function createSaveLater(): SaveLater {
  const waiting = new Map<string, Waiting>()

  /** One try at a time. A save whose record has gone in the meantime has nothing left to save over. */
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
