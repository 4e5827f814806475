import { type Finding, fail, pass, unknown } from '../../findings/finding.js'
import { dateClaim, readJwt } from '../../provider/jwt.js'
import type { Shown } from '../shown.js'

/** Does the access token hold: its signature by the provider's keys, and its `exp`? */
export function accessToken({ entry }: Shown): Finding {
  const jwt = readJwt(entry.access_token)
  const { result, reason } = entry.signature
  if (!jwt || result === 'unknown') return unknown(reason ?? 'There is no access token to check.')
  if (result === 'invalid') {
    return fail(reason ?? 'Its signature is wrong.', "Compare jwks_uri (OAUTH2_JWKS_URI) with this provider's.")
  }
  const end = dateClaim(jwt, 'exp')
  const issued = entry.refreshed_at ?? entry.minted_at
  if (end !== null && end <= issued) {
    return fail('It had already expired when we got it.', "Compare this machine's clock with the provider's.")
  }
  return pass("Its signature matches the provider's keys, and it had not expired when we got it.")
}
