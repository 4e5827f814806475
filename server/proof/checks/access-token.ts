import type { Finding } from '../../findings/finding.js'
import { dateClaim, readJwt } from '../../provider/jwt.js'
import type { Seen } from '../seen.js'

/** Does the access token hold: its signature by the provider's keys, and its `exp`? */
export function accessToken({ entry, now }: Seen): Finding {
  const jwt = readJwt(entry.access_token)
  const { result, reason } = entry.signature
  if (!jwt || result === 'unknown')
    return { result: 'unknown', message: reason ?? 'There is none to look at.', hint: null }
  if (result === 'invalid') {
    return {
      result: 'fail',
      message: reason ?? 'Its signature is wrong.',
      hint: 'Is jwks_uri (OAUTH2_JWKS_URI) that of this provider?',
    }
  }
  const end = dateClaim(jwt, 'exp')
  if (end !== null && end <= now) {
    return { result: 'fail', message: 'Its exp is past.', hint: "Compare this machine's clock with the provider's." }
  }
  return { result: 'pass', message: "Its signature fits the provider's keys, and it has not expired.", hint: null }
}
