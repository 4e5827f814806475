import { SessionNotFound } from 'oidc-provider/lib/helpers/errors.js'
import type { Context, Interaction, Middleware, Provider } from 'oidc-provider/lib/provider.js'
import { DEMO_USERS, type DemoUser, userBySubject } from '../config/demo-realm.js'
import { asksForPassword } from './authorization-request.js'
import { SIGN_IN } from './endpoints.js'
import { readForm } from './form.js'
import { grantScope } from './grants.js'
import type { Pages } from './pages.js'
import type { SignOnCookie } from './sign-on-cookie.js'
import type { SignOn, SignOns } from './sign-ons.js'

export const STALE_SIGN_IN = {
  title: 'This sign-in is over',
  text: 'You used the link already, or it is more than 10 minutes old, or it belongs to another browser. Nothing was lost.',
}

export const WRONG_PASSWORD = 'Invalid username or password.'

export interface SignInSettings {
  provider: Provider
  pages: Pages
  signOns: SignOns
  cookie: SignOnCookie
  clock: () => number
}

/** Asks for a username and a password, unless this browser remembers who signed in; then it goes straight back to the client. */
export function signIn({ provider, pages, signOns, cookie, clock }: SignInSettings): Middleware {
  return async (ctx, next) => {
    if (!ctx.path.startsWith(SIGN_IN)) return next()
    const interaction = await interactionOf(ctx)
    if (!interaction) {
      ctx.status = 400
      return pages.message(ctx, { ...STALE_SIGN_IN, wrong: true })
    }
    const redirectUri = interaction.params.redirect_uri
    const remembered = signOns.open(cookie.read(ctx))
    const signedInAs = userBySubject(remembered?.sub)?.username
    if (ctx.method !== 'POST') {
      if (remembered && !asksForPassword(interaction.params, remembered, clock))
        return goOn(ctx, interaction, remembered)
      return pages.signIn(ctx, { redirectUri, signedInAs })
    }
    const { user, username } = credentialsIn(await readForm(ctx.req))
    if (!user) return pages.signIn(ctx, { redirectUri, signedInAs, username, error: WRONG_PASSWORD })
    const { key, signOn } = signOns.begin(user.sub, cookie.read(ctx))
    cookie.write(ctx, key)
    return goOn(ctx, interaction, signOn)
  }

  /** Finds the authorization request that this browser is signing in for; null when it is over. */
  async function interactionOf(ctx: Context): Promise<Interaction | null> {
    return provider.interactionDetails(ctx.req, ctx.res).catch((error: unknown) => {
      if (error instanceof SessionNotFound) return null
      throw error
    })
  }

  /** Answers oidc-provider's three prompts at once, and sends the browser back to it. */
  async function goOn(ctx: Context, interaction: Interaction, signOn: SignOn): Promise<void> {
    const { client_id, scope } = interaction.params
    const grantId = await grantScope(provider, signOn, client_id, scope)
    const ts = Math.floor(signOn.authenticatedAt / 1000)
    const login = { accountId: signOn.sub, remember: false, ts }
    const result = { login, consent: { grantId }, select_account: {} }
    ctx.status = 303
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
  }
}

/** Finds the user with the username and the password in this form. */
export function credentialsIn(form: URLSearchParams | null): { user: DemoUser | undefined; username: string } {
  const username = form?.get('username')?.trim() ?? ''
  const user = DEMO_USERS.find((one) => one.username === username && one.password === form?.get('password'))
  return { user, username }
}
