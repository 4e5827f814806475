import { type Finding, fail } from '../findings/finding.js'
import type { AuthorizationRequest } from '../sign-in/strategy.js'
import type { AuthorizationAnswer } from './authorization-answer.js'
import type { CheckContext } from './context.js'
import { kcadmCommands } from './kcadm.js'

export type Refused = Extract<AuthorizationAnswer, { kind: 'refused' }>

const IN_ENV = 'in .env, then restart'

/** Why ours was refused: by the table of causes, else by what the provider says about a client that does not exist. */
export function explain(
  context: CheckContext,
  answer: Refused,
  control: AuthorizationAnswer,
  ours: AuthorizationRequest,
): Finding {
  const said = answer.said ? { said: answer.said.slice(0, 200) } : {}
  const finding = explained(context, answer, control, ours)
  const clientAtFault = finding.noClient || CLIENT_CAUSES.includes(answer.cause?.id ?? '')
  const commands = clientAtFault ? kcadmCommands(context, ours, finding.noClient === true) : undefined
  return { ...finding, ...said, ...(commands && { commands }) }
}

/** Keycloak's words about a client that is set up in another way than a sign-in needs. */
const CLIENT_CAUSES = [
  'keycloak_redirect_uri',
  'keycloak_client_disabled',
  'keycloak_bearer_only',
  'keycloak_standard_flow',
]

function explained(
  context: CheckContext,
  answer: Refused,
  control: AuthorizationAnswer,
  ours: AuthorizationRequest,
): Finding {
  const { cause, status } = answer
  const { id, name } = context.provider.preset()
  const atProvider = id === 'keycloak' ? "in Keycloak's admin console" : `in the settings of the client at ${name}`
  if (cause) {
    const finding = fail(cause.means, cause.hint)
    if (cause.id === 'keycloak_client_not_found') return { ...finding, noClient: true, enter: clientId(ours) }
    if (/redirect_uri|redirect|callback/.test(cause.id)) {
      return { ...finding, enter: { value: ours.redirect_uri, where: `${atProvider}, among the redirect URIs` } }
    }
    return finding
  }
  if (control.kind !== 'refused' || !same(answer, control, ours)) {
    return {
      ...fail(
        `The provider refuses the authorization request (${status}).`,
        `It answers differently for a client that does not exist, so the client ID is probably right. Register the callback URL ${ours.redirect_uri} exactly like this, and allow the scope ${ours.scope || '(none)'} and ${ours.pkce ? 'PKCE with S256' : 'requests without PKCE'} for the client.`,
      ),
      enter: { value: ours.redirect_uri, where: `${atProvider}, among the redirect URIs (callback URLs)` },
    }
  }
  if (status === 404 || status === 405) {
    return fail(
      `There is no authorization endpoint at ${place(ours)} (${status}).`,
      'Check OAUTH2_AUTHORIZATION_ENDPOINT, or OAUTH2_ISSUER, whose metadata names it.',
    )
  }
  return {
    ...fail(
      `The provider refuses the authorization request (${status}), in the same words as for a client that does not exist.`,
      `Check OAUTH2_CLIENT_ID (${ours.client_id}), and that the client is at the provider that OAUTH2_ISSUER names.`,
    ),
    noClient: true,
    enter: clientId(ours),
  }
}

const clientId = ({ client_id }: AuthorizationRequest) => ({ value: `OAUTH2_CLIENT_ID=${client_id}`, where: IN_ENV })

function same(one: Refused, other: Refused, { client_id }: AuthorizationRequest): boolean {
  const words = ({ status, error, text }: Refused) =>
    JSON.stringify([status, error, text.replaceAll(client_id, '').replace(/made-up-client-\w+/g, '')])
  return words(one) === words(other)
}

/** Where the authorization endpoint is, without its query. */
export const place = ({ authorization_endpoint }: AuthorizationRequest) => {
  const { host, pathname } = new URL(authorization_endpoint)
  return `${host}${pathname}`
}
