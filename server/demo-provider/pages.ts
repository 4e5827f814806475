import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import type { Context } from 'oidc-provider/lib/provider.js'
import { DEMO_USERS } from '../config/demo-realm.js'

const VIEWS = fileURLToPath(new URL('../../views/demo/', import.meta.url))

export interface Pages {
  /** The form. `redirectUri` is where the browser goes after it; `username` and `error` after a first try that failed. */
  signIn(ctx: Context, values: { redirectUri: string; username?: string; error?: string }): Promise<void>
  /** Says what is wrong and leads back to the start. */
  message(ctx: Context, values: { title: string; text: string }): Promise<void>
}

/** The provider's own HTML pages: no script, nothing from elsewhere, not to be framed or kept. */
export function createPages(baseUrl: string, stylesheet: string | null): Pages {
  async function show(ctx: Context, view: string, formAction: string, values: object) {
    ctx.set({
      'Content-Security-Policy': `default-src 'none'; style-src 'self'; img-src 'self'; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    })
    ctx.type = 'html'
    ctx.body = await ejs.renderFile(`${VIEWS}${view}.ejs`, { baseUrl, stylesheet, ...values }, { cache: true })
  }
  return {
    signIn: (ctx, { redirectUri, username = '', error = '' }) =>
      show(ctx, 'sign-in', `'self' ${formTarget(redirectUri)}`, { users: DEMO_USERS, username, error }),
    message: (ctx, values) => show(ctx, 'message', "'none'", values),
  }
}

/**
 * What `form-action` must name so that the redirect after the form gets through: browsers hold redirects to it too. A source can't
 * be an IPv6 address, so there the scheme has to do.
 */
function formTarget(redirectUri: string): string {
  const { origin, hostname, protocol } = new URL(redirectUri)
  return hostname.startsWith('[') ? protocol : origin
}
