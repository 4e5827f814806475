import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../errors.js'
import type { DeviceAuthorization } from '../provider/device-requests.js'
import type { Provider } from '../provider/provider.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import { CommandEnd } from './command.js'
import type { Interrupt } from './interrupt.js'
import { printable } from './printable.js'

interface Around {
  provider: Provider
  interrupt: Interrupt
  say: (text: string) => void
}

/** Seconds that `slow_down` adds to the interval (RFC 8628 §3.5). */
const SLOWER_BY = 5

/** Signs in on another device with a short code (RFC 8628, with PKCE), and polls until the person has answered. */
export async function signInByDevice({ provider, interrupt, say }: Around): Promise<TokenAnswer> {
  const verifier = provider.config.pkce ? randomBytes(32).toString('base64url') : null
  const challenge = verifier && createHash('sha256').update(verifier).digest('base64url')
  const began = performance.now()
  const started = await interrupt.orInterrupted(provider.authorizeDevice(provider.asksFor().scope, challenge))
  say(instructions(started))
  let { interval } = started
  for (;;) {
    await interrupt.orInterrupted(pause(interval * 1000))
    const outcome = await ask(provider, started.device_code, verifier)
    if (typeof outcome === 'object') return outcome
    if (outcome === 'slow_down') interval += SLOWER_BY
    // RFC 8628 §3.5: after a network failure, poll half as often.
    if (outcome === 'unanswered') interval *= 2
    if (performance.now() - began > started.expires_in * 1000) throw expired()
  }
}

async function ask(provider: Provider, deviceCode: string, verifier: string | null) {
  try {
    return await provider.askForDevice(deviceCode, verifier)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code === 'provider_timeout' || error.code === 'provider_unreachable') return 'unanswered'
    if (error.extra.error === 'expired_token') throw expired()
    if (error.extra.error === 'access_denied') {
      throw new CommandEnd(1, 'You cancelled, or the provider denied access. You have no token.')
    }
    throw error
  }
}

const expired = () => new CommandEnd(1, 'The code expired before anyone signed in with it.', 'Run the command again.')

function instructions({ verification_uri, verification_uri_complete, user_code, expires_in }: DeviceAuthorization) {
  const complete =
    verification_uri_complete === null
      ? ''
      : `\nOr open this address, which has the code in it:\n\n  ${printable(verification_uri_complete)}\n`
  return `
Open this address on any device, and enter the code:

  ${printable(verification_uri)}

  ${printable(user_code)}
${complete}
Only for the person who started this: the code gives this terminal your token.
The code expires in ${minutes(expires_in)}. Waiting …
`
}

const minutes = (seconds: number) => (seconds < 120 ? `${seconds} seconds` : `${Math.floor(seconds / 60)} minutes`)
