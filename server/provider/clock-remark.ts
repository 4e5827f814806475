import { dateClaim, readJwt } from './jwt.js'
import type { ReadAnswer } from './read-answer.js'
import type { Remarks } from './remarks.js'

/** Differences up to this many seconds are normal: the answer takes time, and these clocks count whole seconds. */
const UNNOTICED = 10

/**
 * Reports when this machine's clock and the provider's clock differ, by the times in the new tokens, else by the `Date` header. The
 * answer is accepted in any case.
 */
export function clockRemark({ members, date }: ReadAnswer, now: number, remarks: Remarks): void {
  for (const name of ['id_token', 'access_token']) {
    const told = byToken(members?.[name], now)
    if (told === null) continue
    remarks.add(name, `${name} ${told}`)
    return
  }
  const ahead = date === null ? 0 : Math.round((now - date) / 1000)
  if (Math.abs(ahead) <= UNNOTICED) return
  const way = ahead > 0 ? 'ahead of' : 'behind'
  remarks.add(
    'date',
    `This machine's clock is ${Math.abs(ahead)} s ${way} the provider's, according to its Date header.`,
  )
}

/** Compares a new token's times with our clock: it must be valid now. */
function byToken(token: unknown, now: number): string | null {
  const jwt = readJwt(typeof token === 'string' ? token : null)
  const begins = Math.max(dateClaim(jwt, 'nbf') ?? 0, dateClaim(jwt, 'iat') ?? 0)
  const future = Math.round((begins - now) / 1000)
  if (future > UNNOTICED) return `is valid from ${future} s in the future: this machine's clock is behind.`
  const end = dateClaim(jwt, 'exp')
  const past = end === null || end <= 0 ? 0 : Math.round((now - end) / 1000)
  return past > 0 ? `had ended ${past} s before it arrived: this machine's clock is ahead.` : null
}
