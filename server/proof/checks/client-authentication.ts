import type { TokenEndpointAuthMethod } from '../../config/config.js'
import { type Finding, pass, unknown } from '../../findings/finding.js'
import type { Shown } from '../shown.js'

const WAYS: Record<TokenEndpointAuthMethod, string> = {
  client_secret_basic: 'in the Authorization header, form-encoded first (RFC 6749 §2.3.1)',
  client_secret_basic_raw: 'in the Authorization header, without encoding',
  client_secret_post: 'in the body',
  none: 'not at all: a public client sends its id alone',
}

/** In which way were the client's credentials sent? The device config says the same. */
export function clientAuthentication({ entry }: Shown): Finding {
  const method = entry.token_endpoint_auth_method
  return entry.proof?.verdict === 'invalid'
    ? unknown(`We used ${method}, and the refresh was refused for another reason.`)
    : pass(`${method}: we sent the client's credentials ${WAYS[method]}.`)
}
