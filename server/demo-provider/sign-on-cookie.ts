import type { Context } from 'oidc-provider/lib/provider.js'
import { DEMO_PATH } from '../config/demo-realm.js'

/** The cookie that remembers a sign-in until the browser is closed. Its name has the port, because cookies don't know ports. */
export function signOnCookie(baseUrl: string) {
  const { port } = new URL(baseUrl)
  const name = `otm_demo_${port || 'default'}`
  const options = { path: DEMO_PATH, httpOnly: true, sameSite: 'lax', signed: false, overwrite: true } as const
  return {
    read: (ctx: Context): string | undefined => ctx.cookies.get(name, { signed: false }),
    /** Sets the cookie; null removes it. */
    write: (ctx: Context, key: string | null) => void ctx.cookies.set(name, key, options),
  }
}

export type SignOnCookie = ReturnType<typeof signOnCookie>
