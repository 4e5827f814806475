import session, { type SessionData } from 'express-session'
import { sessionEnd } from '../../config/session-lifetimes.js'

interface Entry {
  json: string
  expires: number
}

const SWEEP_EVERY = 60_000

/** express-session's store for one process: bounded in time, by the same clock as everything else. */
export class MemorySessions extends session.Store {
  readonly #entries = new Map<string, Entry>()
  readonly #shared: boolean
  readonly #now: () => number
  readonly #sweep: NodeJS.Timeout

  constructor(shared: boolean, now: () => number = Date.now) {
    super()
    this.#shared = shared
    this.#now = now
    this.#sweep = setInterval(() => this.#forgetEnded(), SWEEP_EVERY)
    this.#sweep.unref()
  }

  override get(id: string, callback: (error: unknown, data?: SessionData | null) => void): void {
    const entry = this.#entries.get(id)
    if (entry && entry.expires <= this.#now()) this.#entries.delete(id)
    callback(null, entry && entry.expires > this.#now() ? JSON.parse(entry.json) : null)
  }

  override set(id: string, data: SessionData, callback?: (error?: unknown) => void): void {
    this.#entries.set(id, { json: JSON.stringify(data), expires: sessionEnd(data, this.#shared, this.#now()) })
    callback?.()
  }

  override touch(id: string, data: SessionData, callback?: () => void): void {
    const entry = this.#entries.get(id)
    if (entry) entry.expires = sessionEnd(data, this.#shared, this.#now())
    callback?.()
  }

  override destroy(id: string, callback?: (error?: unknown) => void): void {
    this.#entries.delete(id)
    callback?.()
  }

  close(): void {
    clearInterval(this.#sweep)
  }

  #forgetEnded(): void {
    for (const [id, entry] of this.#entries) if (entry.expires <= this.#now()) this.#entries.delete(id)
  }
}
