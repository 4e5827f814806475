import { dateClaim, readJwt } from '../provider/jwt.js'
import { seconds } from '../provider/token-answer.js'
import type { Entry, Proof } from '../tokens/entry.js'
import { knownEnd } from '../tokens/lifetime.js'

/** What the provider sent about the end of the current token, by one refresh. */
interface Sent {
  token: string | null
  /** Seconds from the answer, as it said them. */
  relative: number | null
  /** Milliseconds since the epoch: the token's own `exp`, or that of introspection. */
  absolute: number | null
  /** The known end of the entry, from any source. */
  known: ReturnType<typeof knownEnd>
  at: number
}

/** @param introspected `exp` from introspection, in milliseconds, where the token and its answer say nothing */
export function sentBy(entry: Entry, introspected: number | null, at: number): Sent {
  const said = [seconds(entry.answer.refresh_expires_in), seconds(entry.answer.refresh_token_expires_in)]
  const relative = said.filter((value): value is number => value !== null && value > 0)
  const exp = dateClaim(readJwt(entry.refresh_token), 'exp')
  return {
    token: entry.refresh_token,
    relative: relative.length > 0 ? Math.min(...relative) : null,
    absolute: exp !== null && exp > 0 ? exp : introspected,
    known: knownEnd(entry),
    at,
  }
}

/**
 * Whether the end moves with a refresh, compared by what the provider sent: a relative time that stays the same moves the end,
 * one that falls by the seconds between does not.
 * @param movesByDocument what the provider documents, where it sends nothing
 */
export function compareEnds(first: Sent, second: Sent, movesByDocument: boolean | null): Proof['end'] {
  if (first.relative !== null && second.relative !== null) {
    return second.relative >= first.relative ? moving(second.relative * 1000) : FIXED
  }
  if (first.absolute !== null && second.absolute !== null) {
    return second.absolute > first.absolute ? moving(second.absolute - second.at) : FIXED
  }
  const { known } = second
  if (known === null) return null
  if (known.source === 'documented') return movesByDocument ? moving(known.at - second.at) : FIXED
  return { moves: first.token === second.token && first.known?.at === known.at ? false : null, lasts: null }
}

const FIXED = { moves: false, lasts: null } as const
const moving = (lasts: number) => ({ moves: true, lasts: Math.max(0, lasts) })
