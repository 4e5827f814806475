import type { AppError } from '../errors.js'
import { type Finding, pass, skipped, warn } from '../findings/finding.js'
import { CLIENT_REFUSED } from '../knowledge/refusals.js'
import type { ProviderMetadata } from '../provider/metadata.js'
import type { Provider } from '../provider/provider.js'
import { type CheckContext, madeUp } from './context.js'

/** What one endpoint did; null where the provider has none. */
type Answered = { ok: boolean; message: string; hint: string | null; refusesClient?: boolean } | null

/** Are introspection, revocation and the keys there, and do they answer? Asked with a made-up token, so nothing dies of it. */
export async function checkEndpoints(context: CheckContext, metadata: ProviderMetadata): Promise<Finding> {
  // Which way of sending the credentials this client may use, that check finds out.
  await context.found('client_authentication')
  const method = context.provider.knownAuthMethod()
  const provider = context.providerFor({ ...context.config, tokenEndpointAuthMethod: method })
  const found = await Promise.all([
    askIntrospection(provider, metadata),
    askRevocation(provider, metadata),
    askKeys(context, metadata),
  ])
  // The client's credentials are at fault: that is said once, where it is looked at.
  if (found.some((answered) => answered?.refusesClient) && (await clientIsRefused(context))) {
    return skipped('client_authentication', "Not checked: the provider refuses the client's credentials.")
  }
  const messages = found.map((answered, i) => answered?.message ?? ABSENT[i])
  const bad = found.filter((answered) => answered?.ok === false)
  const message = messages.join(' ')
  if (bad.length > 0) return warn(message, bad.find((answered) => answered?.hint)?.hint ?? null)
  if (found.every((answered) => answered === null)) {
    return warn(
      message,
      'If the provider has any of them, set OAUTH2_INTROSPECTION_ENDPOINT, OAUTH2_REVOCATION_ENDPOINT, OAUTH2_JWKS_URI.',
    )
  }
  return pass(message)
}

async function clientIsRefused(context: CheckContext): Promise<boolean> {
  const { refusesClient, skipped_because } = await context.found('client_authentication')
  return refusesClient === true || skipped_because !== undefined
}

const ABSENT = [
  'There is no introspection endpoint: if a refresh brings another token, only the reuse test can find out whether the first one stays valid.',
  "There is no revocation endpoint: revoke tokens in the provider's own pages.",
  "There is no jwks_uri, so we can't check the access token's signature.",
]

async function askIntrospection(provider: Provider, metadata: ProviderMetadata): Promise<Answered> {
  if (metadata.introspection_endpoint === null) return null
  try {
    const answer = await provider.introspect(madeUp('token'))
    if (answer?.active === false) return { ok: true, message: 'Introspection answers.', hint: null }
    return {
      ok: false,
      message: "Introspection calls a made-up token active, so we can't rely on it.",
      hint: 'The test will not rely on it. Check OAUTH2_INTROSPECTION_ENDPOINT.',
    }
  } catch (error) {
    return refused('Introspection', error as AppError)
  }
}

/** RFC 7009 §2.2: a token that is not known is answered like one that was revoked. */
async function askRevocation(provider: Provider, metadata: ProviderMetadata): Promise<Answered> {
  if (metadata.revocation_endpoint === null) return null
  try {
    await provider.revoke(madeUp('token'))
    return { ok: true, message: 'Revocation answers.', hint: null }
  } catch (error) {
    // Some refuse a token that never was: they have read it.
    if ((error as AppError).extra.error === 'invalid_token')
      return { ok: true, message: 'Revocation answers.', hint: null }
    return refused('Revocation', error as AppError)
  }
}

async function askKeys({ fetch }: CheckContext, { jwks_uri }: ProviderMetadata): Promise<Answered> {
  if (jwks_uri === null) return null
  const hint = 'Check OAUTH2_JWKS_URI, or jwks_uri in the metadata.'
  try {
    const response = await fetch(jwks_uri, { headers: { accept: 'application/json' }, redirects: 'same_origin' })
    const answer: unknown = response.status === 200 ? await response.json().catch(() => null) : null
    const keys = (answer as { keys?: unknown } | null)?.keys
    return Array.isArray(keys) && keys.length > 0
      ? { ok: true, message: `We read the provider's keys (JWKS): ${keys.length}.`, hint: null }
      : { ok: false, message: `We can't read the keys (JWKS): jwks_uri answered ${response.status}.`, hint }
  } catch (error) {
    const { message, hint: cure } = error as AppError
    return { ok: false, message: `We can't get the keys (JWKS): ${message}`, hint: cure ?? hint }
  }
}

function refused(what: string, { message, hint, extra }: AppError): Answered {
  return CLIENT_REFUSED.includes(String(extra.error))
    ? {
        ok: false,
        message: `${what} refuses the client's credentials.`,
        hint: 'Allow this client to use it at the provider.',
        refusesClient: true,
      }
    : { ok: false, message: `${what} gives no usable answer: ${message}`, hint }
}
