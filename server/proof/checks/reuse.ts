import { type Finding, pass, skipped, unknown, warn } from '../../findings/finding.js'
import { isDocumented } from '../../knowledge/presets/preset.js'
import type { Proof } from '../../tokens/entry.js'
import { graceLeft } from '../grace.js'
import type { Shown } from '../shown.js'
import { foundWords } from '../words.js'

/** Does the first token stay valid after a refresh? */
export function reuse(shown: Shown): Finding {
  const { entry, preset, publicClient } = shown
  const proof = entry.proof as Proof
  const how = foundWords(proof, preset)
  switch (proof.verdict) {
    case 'reusable':
      return publicClient ? warn(`${how} ${PUBLIC}`, PUBLIC_HINT) : { ...pass(how), hint: testAgain(shown) }
    case 'one_time':
      return warn(how, ONE_TIME)
    case 'unknown':
      return unknown(how, testAgain(shown) ?? (isDocumented(preset) ? null : REUSE_TEST))
    default:
      return skipped('refresh', how)
  }
}

const ONE_TIME = 'The device must save each new token before it uses the access token, and only one device may have it.'
const REUSE_TEST =
  'The reuse test can find out, at a risk: a provider that detects reuse ends all tokens of this sign-in.'
const PUBLIC =
  'The client is public: anyone who copies the token can use it, and you would not notice (RFC 9700 §2.2.2).'
const PUBLIC_HINT = 'Use a client with a secret, or let the provider replace the token with each refresh.'

/** Says how another test would find out more; null if it would not. */
export function testAgain({ entry, preset, now }: Pick<Shown, 'entry' | 'preset' | 'now'>): string | null {
  const { proof } = entry
  if (proof === null || entry.dead) return null
  const early = graceLeft(entry, proof.proved_at)
  const left = Math.ceil(graceLeft(entry, now) / 1000)
  const when = left > 0 ? `in ${left} seconds` : 'now'
  if (proof.found === 'grace') {
    return `Test it again ${when}, without the reuse test: the grace periods that we know of are over by then.`
  }
  if (proof.found === 'first_active' && preset.rotates === 'unknown' && early > 0) {
    return `Some providers accept a replaced token for a short time. To be sure, test this one again ${when}.`
  }
  return null
}
