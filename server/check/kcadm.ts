import { providerFacts } from '../provider/facts.js'
import type { AuthorizationRequest } from '../sign-in/strategy.js'
import type { CheckContext } from './context.js'

/**
 * The commands that set the client up at a Keycloak, for an administrator who has logged in with `kcadm.sh config credentials`.
 * A client that is there may serve other programs: it keeps its other redirect URIs, and stays public or confidential.
 * undefined for another provider, for the demo, on a shared site, and where a value can't be put into single quotes.
 * @param missing whether the realm has no such client yet
 */
export function kcadmCommands(
  { provider, config, shared }: CheckContext,
  { client_id, redirect_uri }: Pick<AuthorizationRequest, 'client_id' | 'redirect_uri'>,
  missing: boolean,
): string[] | undefined {
  const realm = realmOf(config.issuer)
  const { preset, demo } = providerFacts(provider)
  if (preset.id !== 'keycloak' || realm === null || shared || demo) return undefined
  if ([client_id, redirect_uri, realm].some((value) => !QUOTABLE.test(value))) return undefined
  const isPublic = config.clientSecret === null
  const signsIn = '-s enabled=true -s standardFlowEnabled=true'
  const id = `$(kcadm.sh get clients -r '${realm}' -q 'clientId=${client_id}' --fields id --format csv --noquotes)`
  return [
    missing
      ? `kcadm.sh create clients -r '${realm}' -s 'clientId=${client_id}' ${signsIn} -s publicClient=${isPublic} -s 'redirectUris=["${redirect_uri}"]'`
      : `kcadm.sh update "clients/${id}" -r '${realm}' ${signsIn} -s bearerOnly=false -s 'redirectUris+=${redirect_uri}'`,
    ...(isPublic ? [] : [`kcadm.sh get "clients/${id}/client-secret" -r '${realm}'`]),
  ]
}

/** Nothing that ends a single-quoted word, or a JSON string in one, or a line. */
const QUOTABLE = /^[^'"\\\p{Cc}\u2028\u2029]+$/u

/** The realm that the issuer's path names. */
function realmOf(issuer: string | null): string | null {
  const name = /\/realms\/([^/]+)\/?$/.exec(issuer ?? '')?.[1]
  try {
    return name === undefined ? null : decodeURIComponent(name)
  } catch {
    return null
  }
}
