import { setTimeout as pause } from 'node:timers/promises'

const TRIES_EVERY = 500
const TRIES_FOR = 10 * 60_000

/** Saves that failed, tried again until the store takes them: else the next refresh would send a token that was used already. */
export interface SaveLater {
  /** Begins to try; for ten minutes. */
  add(id: string, save: () => Promise<unknown>): void
  /** Resolves when nothing of this id waits to be saved any more, or rejects with why the last try failed. */
  before(id: string): Promise<void>
  /** How many wait. */
  readonly waiting: number
}

interface Waiting {
  save: () => Promise<unknown>
  trying: Promise<void> | null
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
    for (const giveUp = performance.now() + TRIES_FOR; waiting.has(id) && performance.now() < giveUp; ) {
      await pause(TRIES_EVERY, undefined, { ref: false })
      await attempt(id).catch(() => {})
    }
    waiting.delete(id)
  }

  return {
    add(id, save) {
      const begun = waiting.has(id)
      waiting.set(id, { save, trying: null })
      if (!begun) void keepTrying(id)
    },
    before: attempt,
    get waiting() {
      return waiting.size
    },
  }
}
