import { type Finding, fail, pass, unknown, warn } from '../findings/finding.js'
import { missingForRefreshToken } from '../knowledge/presets.js'
import type { ProviderMetadata } from '../provider/metadata.js'
import { authorizationRequest } from '../sign-in/sign-in.js'
import type { AuthorizationRequest } from '../sign-in/strategy.js'
import { askToAuthorize } from './authorization-answer.js'
import { type CheckContext, madeUp } from './context.js'
import { explain, place } from './refused-request.js'

/**
 * Does the provider know the client, and does it accept the callback URL, the scope and PKCE? Asked as a browser with no cookies
 * would ask. Controls: the same for a client that does not exist, for a callback URL that is not registered, and, where ours is
 * refused, without PKCE.
 */
export async function checkAuthorizationRequest(context: CheckContext, metadata: ProviderMetadata): Promise<Finding> {
  const { provider, config, fetch } = context
  const ours = authorizationRequest(provider, metadata, `${context.baseUrl}/auth/oauth2/callback`)
  const { id } = provider.preset()
  const [answer, otherClient, otherCallback] = await Promise.all([
    askToAuthorize(fetch, ours, id),
    askToAuthorize(fetch, { ...ours, client_id: madeUp('client') }, id),
    askToAuthorize(fetch, { ...ours, redirect_uri: `https://${madeUp('host')}.invalid/callback` }, id),
  ])
  if (answer.kind === 'no_answer') {
    return answer.finding.result === 'fail' && hasTwoNames(config.discoveryUrl, ours)
      ? unknown(
          `Nothing answers at ${place(ours)} from here. Browsers may still reach it: because of OAUTH2_DISCOVERY_URL, this app uses another address than they do.`,
        )
      : answer.finding
  }
  if (answer.kind === 'refused') {
    const without = ours.pkce ? await askToAuthorize(fetch, { ...ours, pkce: false }, id) : answer
    return without.kind === 'let_through' ? refusesPkce(context) : explain(context, answer, otherClient, ours)
  }
  if (otherClient.kind === 'no_answer')
    return unknown(`We asked about a made-up client to compare, and got no answer. ${otherClient.finding.message}`)
  if (otherClient.kind === 'let_through') {
    return unknown(
      'The provider sends everyone to its sign-in page first, even a client that does not exist: only the sign-in will show whether it knows ours.',
    )
  }
  return aboutScope(context, pass(whatItTakes(ours, otherCallback.kind === 'refused')))
}

/** The same request without PKCE was let through. */
function refusesPkce({ config }: CheckContext): Finding {
  const message = 'The provider refuses PKCE: it accepts the same request without PKCE.'
  return config.clientSecret === null
    ? fail(
        message,
        'Without PKCE a sign-in needs a client secret: make the client confidential, or allow PKCE with S256.',
      )
    : {
        ...fail(message, 'Set OAUTH2_PKCE=off in .env, then restart.'),
        enter: { value: 'OAUTH2_PKCE=off', where: 'in .env, then restart' },
      }
}

/** What is known to bring no refresh token at this provider. */
function aboutScope({ provider }: CheckContext, found: Finding): Finding {
  const preset = provider.preset()
  const missing = missingForRefreshToken(preset, provider.asksFor())
  if (missing === null) return found
  const { value, setting } = missing
  return {
    ...warn(
      `${found.message} With this request, the provider gives no lasting refresh token: ${preset.asksFor}`,
      `Set ${setting}=${value} in .env, then restart.`,
    ),
    enter: { value: `${setting}=${value}`, where: 'in .env, then restart' },
  }
}

function whatItTakes({ client_id, redirect_uri, scope, pkce }: AuthorizationRequest, judgesCallback: boolean): string {
  const rest = `${scope ? `the scope ${scope}` : 'no scope'} and ${pkce ? 'PKCE' : 'a request without PKCE'}`
  return judgesCallback
    ? `The provider knows the client ${client_id} and accepts the callback URL ${redirect_uri}, ${rest}.`
    : `The provider knows the client ${client_id} and accepts ${rest}. It accepts a made-up callback URL, too, so only the sign-in will show whether it accepts ${redirect_uri}.`
}

/** In containers the provider has one name for browsers and another for us, and we may not reach it by theirs. */
function hasTwoNames(discoveryUrl: string | null, { authorization_endpoint }: AuthorizationRequest): boolean {
  return discoveryUrl !== null && new URL(discoveryUrl).host !== new URL(authorization_endpoint).host
}
