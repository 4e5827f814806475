import { randomBytes } from 'node:crypto'
import type { Introspection } from '../provider/exchanges.js'
import type { Provider } from '../provider/provider.js'
import type { Entry, Verdict } from '../tokens/entry.js'
import { introspectedEnd, type KnownEnd } from '../tokens/lifetime.js'
import type { TimeLeft } from '../tokens/test-time.js'
import { graceLeft } from './grace.js'

/** What introspection tells of the first token, after others came back. */
export interface FirstToken {
  verdict: Extract<Verdict, 'reusable' | 'one_time' | 'unknown'>
  how: string
  /** What would tell more; null when there is nothing to do. */
  hint: string | null
  /** A known end of the newest token. */
  endsAt: KnownEnd | null
}

/** Asks about the *first* token without using it (RFC 7662), and with the controls of `askAboutNewest`. */
export async function askAboutFirst(
  provider: Provider,
  entry: Entry,
  now: number,
  timeLeft: TimeLeft,
): Promise<FirstToken> {
  try {
    const newest = await askAboutNewest(provider, entry.refresh_token as string, timeLeft)
    if (typeof newest === 'string') return unknown(`Others came back, and ${newest}.`)
    const first = await provider.introspect(entry.first_refresh_token as string, inTime(timeLeft))
    return { ...judge(Boolean(first?.active), provider, graceLeft(entry, now)), endsAt: introspectedEnd(newest.exp) }
  } catch {
    return unknown('Others came back, and introspection of the first did not work.')
  }
}

/** When a token ends that no other replaced: introspection may say so, where the token and its answer do not. */
export async function askForEnd(provider: Provider, token: string, timeLeft: TimeLeft): Promise<KnownEnd | null> {
  const newest = await askAboutNewest(provider, token, timeLeft).catch(() => 'introspection did not work')
  return typeof newest === 'string' ? null : introspectedEnd(newest.exp)
}

/**
 * The answer about the newest token, if it can be believed; else why not. Controls: the newest token must be active, since it came
 * just now, and a made-up one of the same shape must not be.
 */
async function askAboutNewest(provider: Provider, token: string, timeLeft: TimeLeft): Promise<Introspection | string> {
  const newest = await provider.introspect(token, inTime(timeLeft))
  if (newest === null) return 'this provider has nobody to ask about the first (no introspection)'
  if (!newest.active) return 'introspection does not know even the newest token'
  const neverWas = await provider.introspect(madeUp(token), inTime(timeLeft))
  return neverWas?.active === false ? newest : 'introspection calls even a made-up token active'
}

/** Milliseconds for one question, of those that the test has left. */
const inTime = (timeLeft: TimeLeft) => ({ timeout: Math.min(5_000, timeLeft()) })

/** A token that never was: with another signature, where it is made of parts, for those who read a token and do not check it. */
export const madeUp = (token: string) =>
  `${token.slice(0, token.lastIndexOf('.') + 1)}${randomBytes(48).toString('base64url')}`

/** @param grace milliseconds in which the first token may still be taken although it is one-time */
function judge(active: boolean, provider: Provider, grace: number): Omit<FirstToken, 'endsAt'> {
  const { rotates, grace: grants } = provider.preset()
  if (!active) {
    const how = 'Two refreshes brought other tokens, and the provider calls the first one no longer active.'
    return { verdict: 'one_time', how, hint: null }
  }
  const seconds = Math.ceil(grace / 1000)
  if (grants && grace > 0) {
    return {
      verdict: 'unknown',
      how: 'Others came back, and the provider calls the first one still active; but it may do so for a grace period only.',
      hint: `Prove it again in ${seconds} seconds, without the reuse test: what is active then stays so.`,
    }
  }
  return {
    verdict: 'reusable',
    how: 'Two refreshes brought other tokens, and the provider calls the first one still active.',
    hint:
      rotates === 'unknown' && grace > 0
        ? `Some providers take a replaced token for a grace period. To be sure of this one, prove it again in ${seconds} seconds.`
        : null,
  }
}

const unknown = (how: string): FirstToken => ({ verdict: 'unknown', how, hint: null, endsAt: null })
