import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import session from 'express-session'
import type { Config } from '../../config/config.js'

declare module 'express-session' {
  interface SessionData {
    /** Binds the sign-ins under way to this browser. */
    browser?: string
    /** `state` of each of these, the oldest first. */
    signIns?: string[]
    /** When the person signed in, milliseconds since the epoch: the absolute end counts from here. */
    began?: number
    /** `state` of each callback that signed in, the latest last: the same one again (reload, back) is no attack. */
    callbacks?: string[]
    /** Until this session's cookie has come back once: what ends then for the cookie before it (same-callback.ts). */
    handedOver?: string
    /** Points to the list that it owns, sealed with the session's id (list-pointer.ts). */
    list?: string
    /** A sign-in that asked for no offline token: only who it was is kept, so that a token of theirs may be pasted. */
    inspects?: { subject: string | null; since: number }
  }
}

/** The one cookie: host-bound and Secure on a shared site; named after the port on localhost, whose ports share cookies. */
export const cookieName = (config: Config): string =>
  config.baseUrl.startsWith('https:') ? '__Host-otm' : `otm_${new URL(config.baseUrl).port || '80'}`

const cookieOptions = (config: Config) => ({
  path: '/',
  httpOnly: true,
  sameSite: 'lax' as const,
  secure: config.baseUrl.startsWith('https:'),
})

export function sessions(config: Config, store: session.Store): RequestHandler {
  return session({
    name: cookieName(config),
    secret: config.sessionSecrets,
    store,
    resave: false,
    saveUninitialized: false,
    // A session that could not be read is no session that was given up: it must be there when the store is back.
    unset: 'keep',
    proxy: config.trustProxy.length > 0,
    cookie: cookieOptions(config),
  })
}

/**
 * The id of the session that the browser's cookie names, whether that session is still there or not; null where no cookie of ours
 * came. express-session signs it as `s:ID.HMAC`.
 */
export function sessionIdOfCookie(config: Config, req: Request): string | null {
  const pairs = (req.headers.cookie ?? '').split(/; */).filter((pair) => pair.startsWith(`${cookieName(config)}=`))
  const value = pairs[0]?.slice(pairs[0].indexOf('=') + 1).replace(/^s%3A/i, 's:') ?? ''
  const [, id = '', signature = ''] = /^s:([\w-]{1,200})\.(.{1,200})$/.exec(value) ?? []
  const given = Buffer.from(decoded(signature))
  const ours = config.sessionSecrets.some((secret) => {
    const right = Buffer.from(createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, ''))
    return given.length === right.length && timingSafeEqual(given, right)
  })
  return ours ? id : null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

/** Waits until the session is stored: a redirect must not be faster than what it leads to. */
export const saveSession = (req: Request): Promise<void> =>
  new Promise((resolve, reject) => req.session.save((error) => (error ? reject(error) : resolve())))

export const newSession = (req: Request): Promise<void> =>
  new Promise((resolve, reject) => req.session.regenerate((error) => (error ? reject(error) : resolve())))

export const destroySession = (req: Request): Promise<void> =>
  new Promise((resolve, reject) => req.session.destroy((error) => (error ? reject(error) : resolve())))

/** Instead of a session's id, for a minute: the next page can say that one has signed out. */
const SIGNED_OUT = 'signed-out'

export function forgetCookie(config: Config, res: Response): void {
  res.cookie(cookieName(config), SIGNED_OUT, { ...cookieOptions(config), maxAge: 60_000 })
}

/** Why nobody is signed in, by the cookie that came: `ended` when its session is not known (any more). */
export function signedOutReason(config: Config, req: Request): 'signed_out' | 'ended' | null {
  const cookie = req.headers.cookie
    ?.split(/; */)
    .find((pair) => pair.startsWith(`${cookieName(config)}=`))
    ?.slice(cookieName(config).length + 1)
  if (cookie === undefined || req.session?.browser !== undefined) return null
  return cookie === SIGNED_OUT ? 'signed_out' : 'ended'
}
