import type { AppError } from '../errors.js'
import { type Finding, fail, pass, skipped, unknown, warn } from '../findings/finding.js'
import { causeOf } from '../knowledge/causes/causes.js'
import type { Answer } from '../provider/answer.js'
import { discoveryUrls } from '../provider/discovery.js'
import type { ProviderMetadata } from '../provider/metadata.js'
import type { CheckContext } from './context.js'

/** Seconds: what the exchange and the header's whole seconds may hide, and what breaks tokens of a few minutes. */
const UNNOTICED = 10
const HARMFUL = 60

/** This machine's clock against the provider's `Date` header (RFC 9110 §6.6.1). */
export async function checkClock(
  { config, fetch, now, found }: CheckContext,
  metadata: ProviderMetadata,
): Promise<Finding> {
  const url = config.issuer === null ? metadata.authorization_endpoint : (discoveryUrls(config)[0] as string)
  const before = now()
  let response: Answer
  try {
    response = await fetch(url, { headers: { 'cache-control': 'no-cache' }, redirects: 'return' })
  } catch (error) {
    const { message } = error as AppError
    // The check that asks the same address says what to do.
    const earlier = config.issuer === null ? 'authorization_request' : 'discovery'
    const { result } = await found(earlier)
    return result === 'pass' ? unknown(message) : skipped(earlier, `Not checked: ${message}`)
  }
  const theirs = Date.parse(response.headers.get('date') ?? '')
  if (Number.isNaN(theirs)) return unknown('The provider sends no Date, so there is nothing to compare with.')
  if (Number(response.headers.get('age') ?? 0) > 0) return unknown('The answer came from a cache, with an old Date.')
  // The header tells the second that had begun, somewhere between sending and receiving.
  const ours = (before + now()) / 2
  return judge(Math.round((ours - theirs - 500) / 1000))
}

function judge(ahead: number): Finding {
  const skew = Math.abs(ahead)
  if (skew <= UNNOTICED) return pass("This machine's clock agrees with the provider's.")
  const { means, hint } = causeOf({ where: 'check', error: 'clock_skew' }) ?? { means: '', hint: null }
  const message = `This machine's clock is ${skew} seconds ${ahead > 0 ? 'ahead of' : 'behind'} the provider's. ${means}`
  return (skew <= HARMFUL ? warn : fail)(message, hint)
}
