import session, { type SessionData } from 'express-session'
import { sessionEnd } from '../../config/session-lifetimes.js'
import { AppError } from '../../errors.js'

interface Entry {
  json: string
  expires: number
}

const SWEEP_EVERY = 60_000

/** Anyone can create a session by starting a sign-in. If there are too many, the oldest session without tokens goes. */
const WITHOUT_TOKENS_AT_MOST = 5_000
/** A person has one session in each browser. Beyond this number, we refuse new ones. */
const WITH_TOKENS_AT_MOST = 50_000

/** Stores express-session's sessions in this process. It ends them by the app's clock. */
export class MemorySessions extends session.Store {
  readonly #entries = new Map<string, Entry>()
  /** Ids of the sessions without a sign-in, the oldest first. */
  readonly #withoutTokens = new Set<string>()
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
    if (entry && entry.expires <= this.#now()) this.#forget(id)
    callback(null, entry && entry.expires > this.#now() ? JSON.parse(entry.json) : null)
  }

  override set(id: string, data: SessionData, callback?: (error?: unknown) => void): void {
    const full = data.began === undefined ? null : this.#noRoom(id)
    if (full !== null) {
      callback?.(full)
      return
    }
    if (data.began === undefined) this.#makeRoom(id)
    else this.#withoutTokens.delete(id)
    this.#entries.set(id, { json: JSON.stringify(data), expires: sessionEnd(data, this.#shared, this.#now()) })
    callback?.()
  }

  override touch(id: string, data: SessionData, callback?: () => void): void {
    const entry = this.#entries.get(id)
    if (entry) entry.expires = sessionEnd(data, this.#shared, this.#now())
    callback?.()
  }

  override destroy(id: string, callback?: (error?: unknown) => void): void {
    this.#forget(id)
    callback?.()
  }

  close(): void {
    clearInterval(this.#sweep)
  }

  #forget(id: string): void {
    this.#entries.delete(id)
    this.#withoutTokens.delete(id)
  }

  #noRoom(id: string): AppError | null {
    const known = this.#entries.has(id) && !this.#withoutTokens.has(id)
    if (known || this.#entries.size - this.#withoutTokens.size < WITH_TOKENS_AT_MOST) return null
    return new AppError('store_unavailable', 'This process has no room for more sessions right now.')
  }

  #makeRoom(id: string): void {
    this.#withoutTokens.add(id)
    if (this.#withoutTokens.size > WITHOUT_TOKENS_AT_MOST)
      this.#forget(this.#withoutTokens.values().next().value as string)
  }

  #forgetEnded(): void {
    for (const [id, entry] of this.#entries) if (entry.expires <= this.#now()) this.#forget(id)
  }
}
