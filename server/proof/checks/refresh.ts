import type { Finding } from '../../findings/finding.js'
import type { Seen } from '../seen.js'

/** Does it refresh, the way the device will do it? */
export function refresh({ refusal }: Seen): Finding {
  return refusal
    ? { result: 'fail', message: refusal.message, hint: refusal.hint ?? 'Sign in again to mint another token.' }
    : {
        result: 'pass',
        message: 'It was refreshed as a device does it, and the provider gave a new access token.',
        hint: null,
      }
}
