import { holds } from '../refusals.js'
import { apiCauses } from './apis.js'
import type { Cause, Seen } from './cause.js'
import { deviceCauses } from './device.js'
import { entraCauses } from './entra.js'
import { googleCauses } from './google.js'
import { identityServiceCauses } from './identity-services.js'
import { keycloakClientCauses } from './keycloak-client.js'
import { keycloakRefreshCauses } from './keycloak-refresh.js'
import { keycloakSignInCauses } from './keycloak-sign-in.js'
import { oauthCauses } from './oauth.js'
import { selfHostedCauses } from './self-hosted.js'
import { setUpCauses } from './set-up.js'

/** Every way to fail that we can name. */
export const CAUSES: readonly Cause[] = [
  ...oauthCauses,
  ...setUpCauses,
  ...deviceCauses,
  ...keycloakSignInCauses,
  ...keycloakClientCauses,
  ...keycloakRefreshCauses,
  ...googleCauses,
  ...entraCauses,
  ...identityServiceCauses,
  ...apiCauses,
  ...selfHostedCauses,
]

/** The most specific cause of what was seen: by the provider's own words, else by its own use of the code, else by the code. */
export function causeOf(seen: Seen): Cause | null {
  const [best] = CAUSES.filter((cause) => fits(cause, seen)).sort((a, b) => weight(b) - weight(a))
  return best ?? null
}

function fits(cause: Cause, seen: Seen): boolean {
  return (
    cause.where.includes(seen.where) &&
    (cause.error === null || cause.error === seen.error) &&
    (cause.status === undefined || cause.status === seen.status) &&
    (cause.description === null || holds(seen.error_description ?? '', cause.description)) &&
    (cause.provider === null || cause.provider === seen.provider || (unrecognised(seen) && cause.description !== null))
  )
}

/** A provider that nobody recognised may still be one of them behind other addresses: its words tell. */
function unrecognised({ provider }: Seen): boolean {
  return provider === undefined || provider === null || provider === 'generic'
}

function weight(cause: Cause): number {
  return (cause.description?.length ?? 0) * 4 + (cause.provider ? 2 : 0) + (cause.error ? 1 : 0)
}
