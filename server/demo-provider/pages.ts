import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import type { Context } from 'oidc-provider/lib/provider.js'
import { DEMO_PATH, DEMO_USERS } from '../config/demo-realm.js'
import { ENDPOINTS, SIGN_OUT } from './endpoints.js'

const VIEWS = fileURLToPath(new URL('../../views/demo/', import.meta.url))

interface FirstTry {
  username?: string
  error?: string
}

/** What the three pages for a device's code show: the field for the code, the sign-in, and the question. */
interface DeviceValues extends FirstTry {
  userCode?: string
  clientId?: string
  scope?: string
  /** The session code that the answer must send back. */
  code?: string
}

export interface Pages {
  /** The form. `redirectUri` is where the browser goes after it; `username` and `error` follow a first try that failed. */
  signIn(ctx: Context, values: FirstTry & { redirectUri: string; signedInAs?: string }): Promise<void>
  device(ctx: Context, step: 'code' | 'sign-in' | 'answer', values: DeviceValues): Promise<void>
  /** Asks before it signs out. */
  signOut(ctx: Context, values: { username?: string; code: string; returnTo: string; state: string }): Promise<void>
  /** Says what happened, or what is wrong, and links to the start. */
  message(ctx: Context, values: { title: string; text: string; wrong?: boolean }): Promise<void>
}

/** Draws the provider's own HTML pages: no script, nothing from elsewhere, not to be framed or kept. */
export function createPages(baseUrl: string, stylesheet: string | null): Pages {
  const always = {
    error: '',
    baseUrl,
    stylesheet,
    users: DEMO_USERS,
    signOutUrl: DEMO_PATH + SIGN_OUT,
    deviceUrl: DEMO_PATH + ENDPOINTS.code_verification,
  }

  async function show(ctx: Context, view: string, formAction: string, values: object) {
    ctx.set({
      'Content-Security-Policy': `default-src 'none'; style-src 'self'; img-src 'self'; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'same-origin',
    })
    ctx.type = 'html'
    ctx.body = await ejs.renderFile(`${VIEWS}${view}.ejs`, { ...always, ...values }, { cache: true })
  }

  return {
    signIn: (ctx, { redirectUri, username = '', error = '', signedInAs = '' }) =>
      show(ctx, 'sign-in', `'self' ${formTarget(redirectUri)}`, { username, error, signedInAs }),
    device: (ctx, step, values) => show(ctx, `device-${step}`, "'self'", { ...NO_DEVICE, ...values }),
    signOut: (ctx, values) =>
      show(ctx, 'sign-out', values.returnTo ? `'self' ${formTarget(values.returnTo)}` : "'self'", values),
    message: (ctx, { title, text, wrong = false }) => show(ctx, 'message', "'none'", { title, text, error: wrong }),
  }
}

const NO_DEVICE = { userCode: '', username: '', error: '', clientId: '', scope: '', code: '' }

/**
 * Says what `form-action` must name so that the redirect after the form gets through: browsers hold redirects to it too. A source
 * can't be an IPv6 address, so there the scheme has to do.
 */
function formTarget(redirectUri: string): string {
  const { origin, hostname, protocol } = new URL(redirectUri)
  return hostname.startsWith('[') ? protocol : origin
}
