import type { TokenEndpointAuthMethod } from '../../config/config.js'
import type { Finding } from '../../findings/finding.js'
import type { Seen } from '../seen.js'

const WAYS: Record<TokenEndpointAuthMethod, string> = {
  client_secret_basic: 'in the Authorization header, form-encoded first (RFC 6749 §2.3.1)',
  client_secret_basic_raw: 'in the Authorization header, as they are',
  client_secret_post: 'in the body',
  none: 'not at all: a public client sends its id alone',
}

/** In which way were the client's credentials sent? The device config says the same. */
export function clientAuthentication({ entry, refusal }: Seen): Finding {
  const method = entry.token_endpoint_auth_method
  return refusal
    ? { result: 'unknown', message: `${method} was used; the refresh was refused for another reason.`, hint: null }
    : { result: 'pass', message: `${method}: the client's credentials were sent ${WAYS[method]}.`, hint: null }
}
