import { PRESETS } from '../presets.js'
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

/** Every failure that we can explain. */
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

/** Returns the most specific cause: by the provider's own text, else by its own use of the code, else by the code. */
export function causeOf(seen: Seen): Cause | null {
  const [best] = CAUSES.filter((cause) => fits(cause, seen)).sort((a, b) => weight(b) - weight(a))
  if (best === undefined) return null
  const product = unrecognised(seen) && PRESETS.find(({ id }) => id === best.provider)
  if (!product || best.hint.includes(product.name)) return best
  return { ...best, hint: `If the provider is ${product.name}: ${best.hint}` }
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

/** Lets an unknown provider match by its text: it may be a known product at an address we don't know. */
function unrecognised({ provider }: Seen): boolean {
  return provider === undefined || provider === null || provider === 'generic'
}

function weight(cause: Cause): number {
  return (cause.description?.length ?? 0) * 4 + (cause.provider ? 2 : 0) + (cause.error ? 1 : 0)
}
