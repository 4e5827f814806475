import type { SessionData } from 'express-session'
import { SIGN_IN_LASTS } from '../sign-in/sign-ins-under-way.js'

declare module 'express-session' {
  interface SessionData {
    /** Binds the sign-ins under way to this browser. */
    browser?: string
    /** `state` of each of these, the oldest first. */
    signIns?: string[]
    /** When somebody signed in, milliseconds since the epoch: the absolute end counts from here. */
    began?: number
    /** `state` of the callback that signed in: the same one again (reload, back) is no attack. */
    callback?: string | undefined
    /** Id of the token set that it owns. */
    entry?: string
  }
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** OWASP's figures where strangers share a site; a working day where the developer is alone. */
export const LIFETIMES = {
  shared: { idle: 30 * MINUTE, absolute: 8 * HOUR },
  local: { idle: 8 * HOUR, absolute: 24 * HOUR },
}

export const lifetimes = (shared: boolean) => (shared ? LIFETIMES.shared : LIFETIMES.local)

/** When a session ends if nothing more comes: milliseconds since the epoch. */
export function sessionEnd(data: SessionData, shared: boolean, now: number): number {
  if (data.began === undefined) return now + SIGN_IN_LASTS
  const { idle, absolute } = lifetimes(shared)
  return Math.min(now + idle, data.began + absolute)
}
