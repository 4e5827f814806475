import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import session from 'express-session'
import type { Config } from '../../config/config.js'

declare module 'express-session' {
  interface SessionData {
    /** Binds unfinished sign-ins to this browser. */
    browser?: string
    /** `state` of each unfinished sign-in, the oldest first. */
    signIns?: string[]
    /** When the person signed in, in milliseconds since the epoch. The longest lifetime counts from here. */
    began?: number
    /** `state` of each callback that signed in, the latest last: the same one again (reload, back) is not an attack. */
    callbacks?: string[]
    /** Names the old cookie's record, which ends when the browser first sends this session's cookie (same-callback.ts). */
    handedOver?: string
    /** Points to the list that it owns, sealed with the session's id (list-pointer.ts). */
    list?: string
    /** A sign-in that asked for no offline token: only who it was is kept, so that a token of theirs may be pasted. */
    inspects?: { subject: string | null; since: number }
  }
}

/** Names the one cookie: bound to the host and Secure on a shared site. On localhost the name has the port, because ports share cookies. */
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
    // If the store fails, a session can't be read but must not be deleted: it is there when the store is back.
    unset: 'keep',
    proxy: config.trustProxy.length > 0,
    cookie: cookieOptions(config),
  })
}

/**
 * Reads the session's id from the browser's cookie, even if the session has ended; null without a cookie of ours. express-session
 * signs it as `s:ID.HMAC`.
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

/** Waits until the session is stored: the page after a redirect must find it. */
export const saveSession = (req: Request): Promise<void> =>
  new Promise((resolve, reject) => req.session.save((error) => (error ? reject(error) : resolve())))

export const newSession = (req: Request): Promise<void> =>
  new Promise((resolve, reject) => req.session.regenerate((error) => (error ? reject(error) : resolve())))

export const destroySession = (req: Request): Promise<void> =>
  new Promise((resolve, reject) => req.session.destroy((error) => (error ? reject(error) : resolve())))

/** Replaces the session's id in the cookie for a minute, so that the next page can say that the person signed out. */
const SIGNED_OUT = 'signed-out'

export function forgetCookie(config: Config, res: Response): void {
  res.cookie(cookieName(config), SIGNED_OUT, { ...cookieOptions(config), maxAge: 60_000 })
}

/** Says why the browser has no session, by its cookie: `ended` if the session is unknown or over. */
export function signedOutReason(config: Config, req: Request): 'signed_out' | 'ended' | null {
  const cookie = req.headers.cookie
    ?.split(/; */)
    .find((pair) => pair.startsWith(`${cookieName(config)}=`))
    ?.slice(cookieName(config).length + 1)
  if (cookie === undefined || req.session?.browser !== undefined) return null
  return cookie === SIGNED_OUT ? 'signed_out' : 'ended'
}
