import { randomBytes } from 'node:crypto'
import type { Introspection } from '../provider/exchanges.js'
import type { Provider } from '../provider/provider.js'
import type { NotAsked } from '../tokens/entry.js'
import { introspectedEnd } from '../tokens/lifetime.js'
import type { TimeLeft } from '../tokens/test-time.js'

/** What introspection says about a token, where its controls hold. */
export interface FirstToken {
  /** null where it can't be known. */
  active: boolean | null
  /** Why it can't be known; null where it can. */
  why: NotAsked | null
  /** A known end of the current token, milliseconds since the epoch. */
  endsAt: number | null
}

/** Asks about the *first* token without using it (RFC 7662), with the controls of `askAboutCurrent`. */
export async function askAboutFirst(
  provider: Provider,
  { first, current }: { first: string; current: string },
  timeLeft: TimeLeft,
): Promise<FirstToken> {
  try {
    const answer = await askAboutCurrent(provider, current, timeLeft)
    if (typeof answer === 'string') return notKnown(answer)
    const endsAt = introspectedEnd(answer.exp)
    if (first === current) return { active: true, why: null, endsAt }
    const active = (await provider.introspect(first, inTime(timeLeft)))?.active === true
    return { active, why: null, endsAt }
  } catch {
    return notKnown('no_answer')
  }
}

/** When the current token ends, where only introspection says so; `no_answer` where it is better not asked again. */
export async function askForEnd(
  provider: Provider,
  token: string,
  timeLeft: TimeLeft,
): Promise<number | null | 'no_answer'> {
  try {
    const answer = await provider.introspect(token, inTime(timeLeft))
    return answer?.active ? introspectedEnd(answer.exp) : null
  } catch {
    return 'no_answer'
  }
}

/**
 * The answer about the current token, if it can be believed; else why not. Controls: the current token must be active, since it
 * came just now, and a made-up one of the same shape must not be.
 */
async function askAboutCurrent(
  provider: Provider,
  token: string,
  timeLeft: TimeLeft,
): Promise<Introspection | NotAsked> {
  const current = await provider.introspect(token, inTime(timeLeft))
  if (current === null) return 'no_introspection'
  if (!current.active) return 'current_inactive'
  const neverWas = await provider.introspect(madeUp(token), inTime(timeLeft))
  return neverWas?.active === false ? current : 'calls_all_active'
}

/** Milliseconds for one question, of those that the test has left. */
export const inTime = (timeLeft: TimeLeft) => ({ timeout: Math.min(5_000, timeLeft()) })

/** A token that never was: with another signature, where it is made of parts, for those who read a token and do not check it. */
export const madeUp = (token: string) =>
  `${token.slice(0, token.lastIndexOf('.') + 1)}${randomBytes(48).toString('base64url')}`

export const notKnown = (why: NotAsked): FirstToken => ({ active: null, why, endsAt: null })
