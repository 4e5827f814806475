import { InvalidScope } from 'oidc-provider/lib/helpers/errors.js'
import { Check, Prompt } from 'oidc-provider/lib/helpers/interaction_policy/index.js'
import type { Context, Middleware } from 'oidc-provider/lib/provider.js'
import { DEFAULT_SCOPES, DEMO_SCOPES } from '../config/demo-realm.js'
import { ENDPOINTS } from './endpoints.js'

/**
 * An authorization request as Keycloak understands it: its default scopes are always asked for, and `offline_access` needs no
 * `prompt=consent` beside it, which oidc-provider wants by OpenID Connect Core §11.
 */
export const keycloakRequest: Middleware = (ctx, next) => {
  const { scope = '', prompt = '', ...rest } = ctx.query
  // What is given twice stays as it is, to be refused.
  if (ctx.path === ENDPOINTS.authorization && typeof scope === 'string' && typeof prompt === 'string') {
    const prompts = prompt === 'none' ? ['none'] : words(`${prompt} consent`)
    ctx.query = {
      ...rest,
      scope: inOrder(words(`${scope} ${DEFAULT_SCOPES.join(' ')}`)).join(' '),
      prompt: prompts.join(' '),
    }
  }
  return next()
}

/** An unknown scope is refused, where oidc-provider would ignore it (RFC 6749 §3.3 allows both). */
export function checkScope(_ctx: Context, scope: string | undefined): void {
  const unknown = words(scope ?? '').filter((word) => !DEMO_SCOPES.includes(word))
  if (unknown.length > 0) throw new InvalidScope(`Invalid scopes: ${unknown.join(' ')}`)
}

/** Every request asks for the password again, whatever `prompt` says: no sign-in is remembered. */
export const everyRequestAsks = [
  new Prompt(
    { name: 'login', requestable: true },
    new Check('not_signed_in', 'the user has to sign in', (ctx: Context) => !ctx.oidc.result?.login),
  ),
  new Prompt({ name: 'consent', requestable: true }),
  new Prompt({ name: 'select_account', requestable: true }),
]

function words(text: string): string[] {
  return [...new Set(text.split(' ').filter(Boolean))]
}

/** Known scopes in the order in which Keycloak names them, then the others. */
function inOrder(scopes: string[]): string[] {
  return [
    ...DEMO_SCOPES.filter((scope) => scopes.includes(scope)),
    ...scopes.filter((scope) => !DEMO_SCOPES.includes(scope)),
  ]
}
