import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError, type ErrorCode } from '../errors.js'
import type { Records } from '../stores/records.js'
import type { Seal } from '../stores/seal.js'

/**
 * Handles two callbacks with one `state`: a double click on the provider's button sends both, and the browser ignores the answer to the
 * first. The first callback exchanges the code. The others wait for it, on any replica, and get the same result.
 */
export interface SameCallback {
  /**
   * Runs `work` for the first callback. The others wait for the first.
   * @param work resolves with the id of the new entry; if it throws `invalid_state`, nothing is remembered
   * @returns `first`: `work` ran here. Otherwise the entry of the first callback; null after 60 s
   * @throws AppError the error of `work`, for every callback
   */
  run(callback: Callback, work: () => Promise<string>): Promise<{ first: boolean; entry: string | null }>
  /** Ends the old cookie, because the browser has sent the new one. */
  arrived(key: string): Promise<void>
  /** Resolves when no callback is running in this process: for a graceful end. */
  idle(): Promise<void>
  /** Names the callback for `arrived`, without revealing the session or the state. */
  keyOf(callback: Callback): string
}

export interface Callback {
  /** Id of the session in the browser's cookie, even if the session has ended. */
  session: string
  state: string
}

type Outcome = { entry: string } | { error: StoredError }

/** An error in a form that can be stored. */
export interface StoredError {
  code: ErrorCode
  detail: string
  hint: string | undefined
  token: string | undefined
  extra: Record<string, unknown>
  retryAfter: number | undefined
}

/** How long the old cookie works at most, in milliseconds. */
const LASTS = 60_000
/** Longer than a callback can take: two token requests and the requests after them. */
const WORKS_AT_MOST = 90_000
const ASKS_EVERY = 100

export function createSameCallback(records: Records, seal: Seal): SameCallback {
  async function outcomeAt(key: string): Promise<Outcome | null> {
    const record = await records.read(`signed-in:${key}`)
    const text = record && seal.open(key, record.value)
    return text ? JSON.parse(text) : null
  }

  /** If the store fails here, the second callback gets no answer, but no token is lost. */
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
          // The first callback may have ended between the two reads.
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

/** @throws AppError the error of the first callback */
function entryOf(outcome: Outcome): string {
  if ('entry' in outcome) return outcome.entry
  throw errorOf(outcome.error)
}

export const errorOf = ({ code, detail, ...options }: StoredError): AppError => new AppError(code, detail, options)

/** Only the first callback shows a token that the store could not save. */
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
