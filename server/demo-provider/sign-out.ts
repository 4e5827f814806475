import { compactVerify, importJWK, type JWK } from 'jose'
import type { Context, Middleware } from 'oidc-provider/lib/provider.js'
import { userBySubject } from '../config/demo-realm.js'
import { ENDPOINTS, SIGN_OUT } from './endpoints.js'
import type { Pages } from './pages.js'
import type { RefreshTokenFormat } from './refresh-token-jwt.js'
import type { SignOnCookie } from './sign-on-cookie.js'
import { type SignOns, sessionCode } from './sign-ons.js'

const SIGNED_OUT = {
  title: 'You are signed out',
  text: 'The demo provider no longer remembers you in this browser. Offline tokens still work.',
}
const WRONG_ADDRESS = {
  title: 'We are sorry…',
  text: 'Invalid parameter: post_logout_redirect_uri. It must be the home page of this site.',
}

export interface SignOutSettings {
  pages: Pages
  signOns: SignOns
  cookie: SignOnCookie
  /** The addresses that a client may name as `post_logout_redirect_uri`. */
  homes: string[]
  /** The key that verifies ID tokens. */
  publicKey: JWK
}

/**
 * Signs a person out of this browser (OpenID Connect RP-Initiated Logout 1.0 §2). It asks first, unless the client sends the ID token
 * of this sign-in. Ordinary refresh tokens end with the sign-in, offline tokens live on.
 */
export function signOut({ pages, signOns, cookie, homes, publicKey }: SignOutSettings): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== SIGN_OUT || ctx.method === 'OPTIONS') return next()
    const given = ctx.form ? Object.fromEntries(ctx.form) : ctx.query
    const returnTo = text(given.post_logout_redirect_uri)
    if (returnTo && !homes.includes(returnTo)) {
      ctx.status = 400
      return pages.message(ctx, { ...WRONG_ADDRESS, wrong: true })
    }
    const key = cookie.read(ctx)
    const signOn = signOns.open(key)
    if (key && signOn && given.session_code !== sessionCode(key) && (await sidIn(given.id_token_hint)) !== signOn.sid) {
      const username = userBySubject(signOn.sub)?.username
      return pages.signOut(ctx, { username, code: sessionCode(key), returnTo, state: text(given.state) })
    }
    signOns.end(key)
    cookie.write(ctx, null)
    if (!returnTo) return pages.message(ctx, SIGNED_OUT)
    const target = new URL(returnTo)
    if (given.state) target.searchParams.set('state', text(given.state))
    ctx.status = 303
    ctx.redirect(target.href)
  }

  /** Reads the `sid` of one of our ID tokens, which may have expired; null for anything else. */
  async function sidIn(hint: unknown): Promise<string | null> {
    if (typeof hint !== 'string') return null
    const key = await importJWK(publicKey, 'RS256')
    const verified = await compactVerify(hint, key, { algorithms: ['RS256'] }).catch(() => null)
    return verified && (JSON.parse(Buffer.from(verified.payload).toString()).sid ?? null)
  }
}

/**
 * Ends the session of a refresh token that a client sends, as Keycloak does: 204, and the token is dead. Inside it is a revocation,
 * which checks the client; an ordinary token takes the remembered sign-in with it.
 */
export function signOutByToken(format: RefreshTokenFormat, signOns: SignOns): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== SIGN_OUT) return next()
    const token = ctx.form?.get('refresh_token')
    if (ctx.method === 'OPTIONS' || token != null) ctx.path = ENDPOINTS.revocation
    if (!ctx.form || token == null) return next()
    const claims = await format.open(token)
    ctx.form.delete('refresh_token')
    ctx.form.set('token', token)
    ctx.form.set('token_type_hint', 'refresh_token')
    await next()
    if (ctx.status !== 200) return
    if (!claims) return refuse(ctx)
    if (claims.typ === 'Refresh') signOns.endSession(claims.sid)
    ctx.body = null
    ctx.status = 204
  }
}

function refuse(ctx: Context): void {
  ctx.status = 400
  ctx.body = { error: 'invalid_grant', error_description: 'Invalid refresh token' }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
