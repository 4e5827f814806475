import type { Check } from '../findings/check.js'
import type { Finding } from '../findings/finding.js'
import { accessToken } from './checks/access-token.js'
import { clientAuthentication } from './checks/client-authentication.js'
import { lifetime } from './checks/lifetime.js'
import { offlineToken } from './checks/offline-token.js'
import { refresh } from './checks/refresh.js'
import { reuse } from './checks/reuse.js'
import { tokenEndpoint } from './checks/token-endpoint.js'
import type { Seen } from './seen.js'

/** The proof's checks, in the order they are shown. */
const CHECKS: Record<string, (seen: Seen) => Finding> = {
  refresh,
  offline_token: offlineToken,
  reuse,
  client_authentication: clientAuthentication,
  lifetime,
  token_endpoint: tokenEndpoint,
  access_token: accessToken,
}

export const proofChecks = (seen: Seen): Check[] =>
  Object.entries(CHECKS).map(([id, check]) => ({ id, ...check(seen) }))
