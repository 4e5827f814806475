import { SessionNotFound } from 'oidc-provider/lib/helpers/errors.js'
import type { Interaction, Middleware, Provider } from 'oidc-provider/lib/provider.js'
import { DEMO_USERS, type DemoUser } from '../config/demo-realm.js'
import { RESOURCE } from './access-token.js'
import { SIGN_IN } from './endpoints.js'
import { readForm } from './form.js'
import type { Pages } from './pages.js'

export const STALE_SIGN_IN = {
  title: 'This sign-in is over',
  text: 'The link was used already, is more than 10 minutes old, or belongs to another browser. Nothing was lost.',
}

/** The sign-in form: asked for a username and a password, every time, and nothing else. */
export function signIn(provider: Provider, pages: Pages): Middleware {
  return async (ctx, next) => {
    if (!ctx.path.startsWith(SIGN_IN)) return next()
    const interaction = await provider.interactionDetails(ctx.req, ctx.res).catch((error: unknown) => {
      if (error instanceof SessionNotFound) return null
      throw error
    })
    if (!interaction) {
      ctx.status = 400
      return pages.message(ctx, STALE_SIGN_IN)
    }
    const redirectUri = interaction.params.redirect_uri
    if (ctx.method !== 'POST') return pages.signIn(ctx, { redirectUri })

    const form = (await readForm(ctx.req)) ?? new URLSearchParams()
    const username = form.get('username')?.trim() ?? ''
    const user = DEMO_USERS.find((one) => one.username === username && one.password === form.get('password'))
    if (!user) return pages.signIn(ctx, { redirectUri, username, error: 'Invalid username or password.' })
    const result = await consentedSignIn(provider, interaction, user)
    ctx.status = 303
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
  }
}

/** Who signed in, with everything granted that the client asked for: there is no consent page. */
async function consentedSignIn(provider: Provider, interaction: Interaction, user: DemoUser) {
  const { client_id, scope } = interaction.params
  const grant = new provider.Grant({ accountId: user.sub, clientId: client_id })
  grant.addOIDCScope(scope)
  grant.addResourceScope(RESOURCE, scope)
  const grantId = await grant.save()
  return { login: { accountId: user.sub, remember: false }, consent: { grantId }, select_account: {} }
}
