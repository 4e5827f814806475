// Not from 'oidc-provider' itself: its entry file does nothing beside re-exporting these but warn on the console about Node 20.
import { Provider } from 'oidc-provider/lib/provider.js'
import { DEMO_PATH } from '../config/demo-realm.js'
import { createSigningKey } from './access-token.js'
import { keycloakRequest } from './authorization-request.js'
import { devicePage } from './device-page.js'
import { devicePolls } from './device-polls.js'
import { keycloakDeviceRequest } from './device-request.js'
import { passForm, takeForm } from './form.js'
import { createPages } from './pages.js'
import { loopbackNames, providerConfiguration } from './provider-configuration.js'
import { createRefreshTokenFormat } from './refresh-token-jwt.js'
import { createRefusals } from './refusals.js'
import { signIn } from './sign-in.js'
import { signOnCookie } from './sign-on-cookie.js'
import { SignOns } from './sign-ons.js'
import { signOut, signOutByToken } from './sign-out.js'
import { keycloakTokens } from './token-answers.js'
import { userinfo } from './userinfo.js'

export interface ProviderOptions {
  baseUrl: string
  stylesheet: string | null
  clock: () => number
  onError: (error: unknown) => void
}

/** Sets oidc-provider up as the realm, and puts in front of it what makes it answer as Keycloak does. */
export async function buildProvider({ baseUrl, stylesheet, clock, onError }: ProviderOptions): Promise<Provider> {
  const issuer = baseUrl + DEMO_PATH
  const signingKey = await createSigningKey()
  const publicKey = { kty: 'RSA', alg: 'RS256', n: signingKey.n, e: signingKey.e }
  const pages = createPages(baseUrl, stylesheet)
  const signOns = new SignOns(clock)
  const cookie = signOnCookie(baseUrl)
  const format = createRefreshTokenFormat(issuer, clock)
  const provider = new Provider(issuer, providerConfiguration({ baseUrl, issuer, signingKey, pages, clock }))

  // All URLs are below BASE_URL, by whatever name a request came.
  provider.proxy = true
  provider.use((ctx, next) => {
    const { host, protocol } = new URL(baseUrl)
    Object.assign(ctx.req.headers, { 'x-forwarded-host': host, 'x-forwarded-proto': protocol.slice(0, -1) })
    return next()
  })
  provider.use(keycloakRequest(signOns, cookie, clock))
  provider.use(signIn({ provider, pages, signOns, cookie, clock }))
  provider.use(devicePage({ provider, pages, signOns, cookie, clock }))
  provider.use(userinfo({ provider, signOns, issuer, publicKey, clock }))
  provider.use(takeForm)
  provider.use(signOutByToken(format, signOns))
  provider.use(signOut({ pages, signOns, cookie, homes: loopbackNames(`${baseUrl}/`), publicKey }))
  provider.use(keycloakDeviceRequest)
  provider.use(devicePolls(provider, clock))
  provider.use(keycloakTokens(format, createRefusals(provider, signOns)))
  provider.use(passForm)

  // oidc-provider's own session is over with the redirect: it is neither kept nor sent as a cookie.
  provider.on('interaction.ended', (ctx) => {
    ctx.oidc.session.destroyed = true
  })
  // A person who tries out the demo may know the reason, which oidc-provider keeps to itself.
  for (const event of ['grant.error', 'introspection.error', 'revocation.error']) {
    provider.on(event, (ctx, error) => {
      if (error.error_detail && ctx.response.is('json'))
        ctx.body = { ...ctx.body, error_description: error.error_detail }
    })
  }
  provider.on('server_error', (_ctx, error) => onError(error))
  provider.on('error', (error, ctx) => {
    // A client that sends too much, or hangs up halfway, is no failure of ours.
    if (!error.expose && !ctx.req.socket.destroyed) onError(error)
  })
  return provider
}
