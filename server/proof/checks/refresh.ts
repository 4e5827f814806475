import { type Finding, fail, pass, warn } from '../../findings/finding.js'
import { whyDead } from '../../tokens/why-dead.js'
import type { Shown } from '../shown.js'

/** Does it refresh, the way the device will do it? */
export function refresh({ entry, preset }: Shown): Finding {
  const { dead, proof } = entry
  if (dead === null) {
    if (entry.access_token === null)
      return warn(NOTHING_TO_CALL_WITH, 'Look into the settings of the client at the provider.')
    return pass('We refreshed it as a device does, and the provider gave a new access token.')
  }
  if (dead.reason === 'revoked') return fail('It was revoked here.', SIGN_IN)
  if (proof?.found === 'reuse_ended_grant') {
    return fail('It worked until the reuse test. Then the provider ended all tokens of this sign-in.', SIGN_IN)
  }
  const why = whyDead(entry, preset.id)
  const said = dead.error_description ?? dead.error
  return fail(
    `The provider refuses it${said ? `: "${said}"` : ''}. ${why?.means ?? 'It has expired, was revoked, or was used up.'}`,
    why?.hint ?? SIGN_IN,
  )
}

const NOTHING_TO_CALL_WITH =
  "We refreshed it as a device does, but the answer has no access token. Without one, the device can't call an API."
const SIGN_IN = 'Sign in again to mint another token.'
