import { type Finding, fail, pass, unknown } from '../findings/finding.js'
import type { ProviderMetadata } from '../provider/metadata.js'
import { authorizationRequest } from '../sign-in/sign-in.js'
import type { AuthorizationRequest } from '../sign-in/strategy.js'
import { type AuthorizationAnswer, askToAuthorize } from './authorization-answer.js'
import { type CheckContext, madeUp } from './context.js'

type Refused = Extract<AuthorizationAnswer, { kind: 'refused' }>

/**
 * Does the provider know the client, and does it take the callback URL, the scope and PKCE? Asked as a browser with no cookies
 * would ask. Controls: the same for a client that does not exist, and for a callback URL that nobody registered.
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
          `Nobody answers at ${place(ours)} from here. It is the address for browsers, and may be right all the same: with OAUTH2_DISCOVERY_URL this app knows the provider by another name.`,
        )
      : answer.finding
  }
  if (answer.kind === 'refused') return explain(answer, otherClient, ours)
  if (otherClient.kind === 'no_answer') return unknown(`Of a made-up client: ${otherClient.finding.message}`)
  if (otherClient.kind === 'let_through') {
    return unknown(
      'The provider sends everybody to its sign-in page first, also a client that does not exist: whether it knows ours shows only at the sign-in.',
    )
  }
  return pass(whatItTakes(ours, otherCallback.kind === 'refused'))
}

function whatItTakes({ client_id, redirect_uri, scope, pkce }: AuthorizationRequest, judgesCallback: boolean): string {
  const rest = `${scope ? `the scope ${scope}` : 'no scope'} and ${pkce ? 'PKCE' : 'a request without PKCE'}`
  return judgesCallback
    ? `The provider knows the client ${client_id} and takes the callback URL ${redirect_uri}, ${rest}.`
    : `The provider knows the client ${client_id} and takes ${rest}. A made-up callback URL it lets through as well, so whether it takes ${redirect_uri} shows only at the sign-in.`
}

/** Why ours was refused: by the table of causes, else by what the provider says of a client that does not exist. */
function explain(answer: Refused, control: AuthorizationAnswer, ours: AuthorizationRequest): Finding {
  const { cause, status } = answer
  const said = answer.said ? ` It says: "${answer.said.slice(0, 200)}"` : ''
  if (cause) return fail(`${cause.means}${said}`, cause.hint)
  if (control.kind !== 'refused' || !same(answer, control, ours)) {
    return fail(
      `The provider refuses the authorization request (${status}).${said}`,
      `It does not say that of a client that does not exist, so look at the rest: register the callback URL ${ours.redirect_uri} exactly so, and allow the scope ${ours.scope || '(none)'} and ${ours.pkce ? 'PKCE with S256' : 'requests without PKCE'} for the client.`,
    )
  }
  return status === 404 || status === 405
    ? fail(
        `There is no authorization endpoint at ${place(ours)} (${status}).${said}`,
        'Check OAUTH2_AUTHORIZATION_ENDPOINT, or the issuer that names it.',
      )
    : fail(
        `The provider refuses the authorization request (${status}), in the same words as that of a client that does not exist.${said}`,
        `Check OAUTH2_CLIENT_ID (${ours.client_id}), and that the client is at the provider that OAUTH2_ISSUER names.`,
      )
}

/** In containers the provider has one name for browsers and another for us, and we may not reach it by theirs. */
function hasTwoNames(discoveryUrl: string | null, { authorization_endpoint }: AuthorizationRequest): boolean {
  return discoveryUrl !== null && new URL(discoveryUrl).host !== new URL(authorization_endpoint).host
}

function same(one: Refused, other: Refused, { client_id }: AuthorizationRequest): boolean {
  const words = ({ status, error, said }: Refused) =>
    JSON.stringify([status, error, said.replaceAll(client_id, '').replace(/made-up-client-\w+/g, '')])
  return words(one) === words(other)
}

const place = ({ authorization_endpoint }: AuthorizationRequest) => {
  const { host, pathname } = new URL(authorization_endpoint)
  return `${host}${pathname}`
}
