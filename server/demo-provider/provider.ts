// Not from 'oidc-provider' itself: its entry file does nothing beside re-exporting these but warn on the console about Node 20.
import { Provider } from 'oidc-provider/lib/provider.js'
import { DEMO_PATH } from '../config/demo-realm.js'
import { createSigningKey } from './access-token.js'
import { keycloakRequest } from './authorization-request.js'
import { createPages } from './pages.js'
import { providerConfiguration } from './provider-configuration.js'
import { createRefreshTokenFormat } from './refresh-token-jwt.js'
import { signIn } from './sign-in.js'
import { keycloakTokens } from './token-answers.js'
import { userinfo } from './userinfo.js'

export interface ProviderOptions {
  baseUrl: string
  stylesheet: string | null
  clock: () => number
  onError: (error: unknown) => void
}

/** oidc-provider, set up as the realm, with what makes it answer as Keycloak does in front of it. */
export async function buildProvider({ baseUrl, stylesheet, clock, onError }: ProviderOptions): Promise<Provider> {
  const issuer = baseUrl + DEMO_PATH
  const signingKey = await createSigningKey()
  const pages = createPages(baseUrl, stylesheet)
  const provider = new Provider(issuer, providerConfiguration({ baseUrl, issuer, signingKey, pages, clock }))

  // All URLs are below BASE_URL, by whatever name a request came.
  provider.proxy = true
  provider.use((ctx, next) => {
    const { host, protocol } = new URL(baseUrl)
    Object.assign(ctx.req.headers, { 'x-forwarded-host': host, 'x-forwarded-proto': protocol.slice(0, -1) })
    return next()
  })
  provider.use(keycloakRequest)
  provider.use(signIn(provider, pages))
  provider.use(userinfo(provider, issuer, { kty: 'RSA', alg: 'RS256', n: signingKey.n, e: signingKey.e }, clock))
  provider.use(keycloakTokens(provider, createRefreshTokenFormat(issuer, clock)))

  // The sign-in is over with the redirect: its session is neither kept nor sent as a cookie.
  provider.on('interaction.ended', (ctx) => {
    ctx.oidc.session.destroyed = true
  })
  // Somebody who tries out the demo may know the reason, which oidc-provider keeps to itself.
  for (const event of ['grant.error', 'introspection.error', 'revocation.error']) {
    provider.on(event, (ctx, error) => {
      if (error.error_detail && ctx.response.is('json'))
        ctx.body = { ...ctx.body, error_description: error.error_detail }
    })
  }
  provider.on('server_error', (_ctx, error) => onError(error))
  provider.on('error', (error, ctx) => {
    // Whoever sends too much, or hangs up halfway, is no failure of ours.
    if (!error.expose && !ctx.req.socket.destroyed) onError(error)
  })
  return provider
}
