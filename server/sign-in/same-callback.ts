import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError, type ErrorCode } from '../errors.js'
import type { Records } from '../stores/records.js'
import type { Seal } from '../stores/seal.js'

/**
 * Two clicks on the provider's button bring two callbacks of one `state`, and the browser drops the answer to the first. The first
 * one exchanges its code; the others wait for it, on any replica, and go where it went.
 */
export interface SameCallback {
  /**
   * Runs `work` for the first callback, and waits for the first otherwise.
   * @param work resolves with the id of the entry that it made; where it throws `invalid_state`, nothing is remembered
   * @returns `first`: `work` was run here. Otherwise the entry that the first one made; null where 60 s have passed
   * @throws AppError whatever `work` failed with, for all of them
   */
  run(callback: Callback, work: () => Promise<string>): Promise<{ first: boolean; entry: string | null }>
  /** The new cookie has come back: from now on, the old one leads nowhere. */
  arrived(key: string): Promise<void>
  /** Resolves when no callback is at work in this process: for a graceful end. */
  idle(): Promise<void>
  /** What `arrived` takes: it names the callback, and neither the session nor the state can be read from it. */
  keyOf(callback: Callback): string
}

export interface Callback {
  /** Id of the session that the browser's cookie names, whether it is still there or not. */
  session: string
  state: string
}

type Outcome = { entry: string } | { error: StoredError }

/** An error that can be stored. */
export interface StoredError {
  code: ErrorCode
  detail: string
  hint: string | undefined
  token: string | undefined
  extra: Record<string, unknown>
  retryAfter: number | undefined
}

/** Milliseconds for which the old cookie leads anywhere at most. */
const LASTS = 60_000
/** Longer than a callback may take: two token requests, and what is asked afterwards. */
const WORKS_AT_MOST = 90_000
const ASKS_EVERY = 100

export function createSameCallback(records: Records, seal: Seal): SameCallback {
  async function outcomeAt(key: string): Promise<Outcome | null> {
    const record = await records.read(`signed-in:${key}`)
    const text = record && seal.open(key, record.value)
    return text ? JSON.parse(text) : null
  }

  /** A store that does not take it costs the second callback its answer, and nobody a token. */
  const keep = (key: string, outcome: Outcome) =>
    records.create(`signed-in:${key}`, seal.close(key, JSON.stringify(outcome)), LASTS).catch(() => {})

  const working = new Set<Promise<unknown>>()

  function tracked<T>(work: Promise<T>): Promise<T> {
    working.add(work)
    const done = () => working.delete(work)
    work.then(done, done)
    return work
  }

  async function workFirst(key: string, work: () => Promise<string>): Promise<string> {
    try {
      const entry = await work()
      await keep(key, { entry })
      return entry
    } catch (error) {
      if (error instanceof AppError && error.code !== 'invalid_state') await keep(key, { error: storedError(error) })
      throw error
    }
  }

  return {
    keyOf,
    async run(callback, work) {
      const key = keyOf(callback)
      const holder = randomBytes(16).toString('base64url')
      for (const giveUp = performance.now() + LASTS; performance.now() < giveUp; await pause(ASKS_EVERY)) {
        const outcome = await outcomeAt(key)
        if (outcome) return { first: false, entry: entryOf(outcome) }
        if (!(await records.acquire(`signing-in:${key}`, holder, WORKS_AT_MOST))) continue
        try {
          // Between the two questions, the first may have ended.
          const meanwhile = await outcomeAt(key)
          if (meanwhile) return { first: false, entry: entryOf(meanwhile) }
          return { first: true, entry: await tracked(workFirst(key, work)) }
        } finally {
          await records.release(`signing-in:${key}`, holder).catch(() => {})
        }
      }
      return { first: false, entry: null }
    },
    async idle() {
      while (working.size > 0) await Promise.allSettled(working)
    },
    arrived: (key) => records.remove(`signed-in:${key}`),
  }
}

const keyOf = ({ session, state }: Callback): string =>
  createHash('sha256').update(`${session} ${state}`).digest('base64url')

/** @throws AppError what the first callback failed with */
function entryOf(outcome: Outcome): string {
  if ('entry' in outcome) return outcome.entry
  throw errorOf(outcome.error)
}

export const errorOf = ({ code, detail, ...options }: StoredError): AppError => new AppError(code, detail, options)

/** A token that the store did not take is shown once, by whoever was first. */
export function storedError({ code, message, hint, token, extra, retryAfter }: AppError): StoredError {
  const { refresh_token: _, ...told } = extra
  return {
    code,
    detail: message,
    hint: hint ?? undefined,
    token: token ?? undefined,
    extra: told,
    retryAfter: retryAfter ?? undefined,
  }
}
