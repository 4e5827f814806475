import { InvalidScope } from 'oidc-provider/lib/helpers/errors.js'
import { Check, Prompt } from 'oidc-provider/lib/helpers/interaction_policy/index.js'
import type { Context, Middleware } from 'oidc-provider/lib/provider.js'
import { DEFAULT_SCOPES, DEMO_SCOPES } from '../config/demo-realm.js'
import { ENDPOINTS } from './endpoints.js'
import type { SignOnCookie } from './sign-on-cookie.js'
import type { SignOn, SignOns } from './sign-ons.js'

/**
 * Makes an authorization request one as Keycloak understands it: its default scopes are always asked for, `offline_access` needs no
 * `prompt=consent` beside it, which oidc-provider wants by OpenID Connect Core §11, and `prompt=none` succeeds for a remembered
 * sign-in.
 */
export function keycloakRequest(signOns: SignOns, cookie: SignOnCookie, clock: () => number): Middleware {
  return (ctx, next) => {
    const { scope = '', prompt = '', ...rest } = ctx.query
    // What is given twice stays as it is, to be refused.
    if (ctx.path === ENDPOINTS.authorization && typeof scope === 'string' && typeof prompt === 'string') {
      const remembered = prompt === 'none' ? signOns.open(cookie.read(ctx)) : null
      const silent = remembered && !asksForPassword(rest, remembered, clock)
      const asked = silent ? '' : prompt
      const prompts = asked === 'none' ? ['none'] : words(`${asked} consent`)
      ctx.query = { ...rest, scope: withDefaultScopes(scope), prompt: prompts.join(' ') }
    }
    return next()
  }
}

/** Says whether the form has to be shown to a person whose sign-in is remembered (OpenID Connect Core §3.1.2.1). */
export function asksForPassword(params: Context['query'], signOn: SignOn, clock: () => number): boolean {
  if (words(String(params.prompt ?? '')).includes('login')) return true
  return params.max_age !== undefined && clock() - signOn.authenticatedAt > Number(params.max_age) * 1000
}

/** Adds Keycloak's default scopes, and puts known scopes into the order in which Keycloak names them. */
export function withDefaultScopes(scope: string): string {
  return inOrder(words(`${scope} ${DEFAULT_SCOPES.join(' ')}`)).join(' ')
}

/** Refuses an unknown scope, where oidc-provider would ignore it (RFC 6749 §3.3 allows both). */
export function checkScope(_ctx: Context, scope: string | undefined): void {
  const unknown = words(scope ?? '').filter((word) => !DEMO_SCOPES.includes(word))
  if (unknown.length > 0) throw new InvalidScope(`Invalid scopes: ${unknown.join(' ')}`)
}

/** Sends every request to the sign-in page, which knows what this browser remembers; oidc-provider itself remembers nothing. */
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
