import type { Finding } from '../findings/finding.js'
import { checkAuthorizationRequest } from './authorization-request.js'
import { checkClientAuthentication } from './client-authentication.js'
import { checkClock } from './clock.js'
import { type CheckContext, knowing } from './context.js'
import { checkDiscovery } from './discovery.js'
import { checkEndpoints } from './endpoints.js'

export interface SetupCheckEntry {
  id: string
  title: string
  /** What its result has even when it could not run. */
  always?: Partial<Finding>
  run(context: CheckContext): Promise<Finding>
}

/** The checks before a sign-in. They run together and are shown in this order; none uses up a token. */
export const SETUP_CHECKS: readonly SetupCheckEntry[] = [
  { id: 'discovery', title: "The provider's addresses", run: checkDiscovery },
  {
    id: 'authorization_request',
    title: 'Client, callback URL and scope',
    run: knowing(checkAuthorizationRequest),
  },
  {
    id: 'client_authentication',
    title: 'Client secret',
    always: { accepted: [] },
    run: knowing(checkClientAuthentication),
  },
  { id: 'endpoints', title: 'Introspection, revocation and keys', run: knowing(checkEndpoints) },
  { id: 'clock', title: "This machine's clock", run: knowing(checkClock) },
]
