import type { TokenEndpointAuthMethod } from '../../config/config.js'
import { type Finding, pass, skipped } from '../../findings/finding.js'
import type { Shown } from '../shown.js'

const WAYS: Record<TokenEndpointAuthMethod, string> = {
  client_secret_basic: 'in the Authorization header, form-encoded first (RFC 6749 §2.3.1)',
  client_secret_basic_raw: 'in the Authorization header, without encoding',
  client_secret_post: 'in the body',
  none: 'not at all: a public client sends its id alone',
}

/** In which way were the client's credentials sent? The device config says the same. */
export function clientAuthentication({ entry }: Shown): Finding {
  const { proof, token_endpoint_auth_method: method } = entry
  // A refusal of the second refresh follows a first one that worked.
  return proof?.verdict === 'invalid' && proof.found !== 'refused_at_second'
    ? skipped('refresh', 'Not checked: no refresh worked.')
    : pass(`${method}: we sent the client's credentials ${WAYS[method]}.`)
}
