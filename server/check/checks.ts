import type { Finding } from '../findings/finding.js'
import { checkAuthorizationRequest } from './authorization-request.js'
import { checkClientAuthentication } from './client-authentication.js'
import { checkClock } from './clock.js'
import { type CheckContext, knowing } from './context.js'
import { checkDiscovery } from './discovery.js'
import { checkEndpoints } from './endpoints.js'

export interface SetupCheckEntry {
  id: string
  /** What its result has even when it could not run. */
  always?: Partial<Finding>
  run(context: CheckContext): Promise<Finding>
}

/** What is looked at before anybody signs in. All at once; none uses anything up. */
export const SETUP_CHECKS: readonly SetupCheckEntry[] = [
  { id: 'discovery', run: checkDiscovery },
  { id: 'authorization_request', run: knowing(checkAuthorizationRequest) },
  { id: 'client_authentication', always: { accepted: [] }, run: knowing(checkClientAuthentication) },
  { id: 'endpoints', run: knowing(checkEndpoints) },
  { id: 'clock', run: knowing(checkClock) },
]
