import type { TokenEndpointAuthMethod } from '../../config/config.js'
import { type Finding, pass, skipped } from '../../findings/finding.js'
import type { Shown } from '../shown.js'

const WAYS: Record<TokenEndpointAuthMethod, string> = {
  client_secret_basic: "the client's credentials in the Authorization header, form-encoded first (RFC 6749 §2.3.1)",
  client_secret_basic_raw: "the client's credentials in the Authorization header, without encoding",
  client_secret_post: "the client's credentials in the body",
  none: 'only the client id, because the client is public',
}

/** In which way were the client's credentials sent? The device config says the same. */
export function clientAuthentication({ entry }: Shown): Finding {
  const { proof, token_endpoint_auth_method: method } = entry
  // A refusal of the second refresh follows a first one that worked.
  return proof?.verdict === 'invalid' && proof.found !== 'refused_at_second'
    ? skipped('refresh', 'Not checked: no refresh worked.')
    : pass(`${method}: we sent ${WAYS[method]}.`)
}
