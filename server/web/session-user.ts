import type { Request, RequestHandler } from 'express'
import { lifetimes } from '../config/session-lifetimes.js'
import type { StoredEntry } from '../tokens/entries.js'
import type { Refresher } from '../tokens/refresh.js'
import { newSession, saveSession } from './sessions/sessions.js'
import type { Site } from './site.js'

/** Who has signed in: `req.user` is the token set whose id the session keeps, and nothing more is in there. */
export function sessionUser({ config, entries, sameCallback, now }: Site): RequestHandler {
  const { idle, absolute } = lifetimes(config.shared)
  return async (req, _res, next) => {
    const { entry: id, began = 0, handedOver } = req.session
    if (id === undefined) return next()
    if (handedOver !== undefined) {
      await sameCallback.arrived(handedOver)
      delete req.session.handedOver
    }
    const left = began + absolute - now()
    const stored = left > 0 ? await entries.load(id, Math.min(idle, left)) : null
    if (stored) req.user = stored
    else delete req.session.entry
    next()
  }
}

/** What a sign-in leaves in its session about the callback that it came by. */
export interface CameBy {
  state: string
  /** What ends when the new cookie has come back. */
  handedOver: string
}

const CALLBACKS_AT_MOST = 10

/** Gives the browser a new session (no fixation) that owns these tokens, stored when it resolves. */
export async function signIn(req: Request, user: StoredEntry, now: number, by?: CameBy): Promise<void> {
  const { browser, callbacks = [] } = req.session
  await newSession(req)
  const all = by ? [...callbacks, by.state].slice(-CALLBACKS_AT_MOST) : callbacks
  Object.assign(req.session, { browser, callbacks: all, handedOver: by?.handedOver, began: now, entry: user.id })
  await saveSession(req)
  req.user = user
}

/** The set of the session before, which nobody can reach any more. One that can't be removed just now ends by itself. */
export const forgetBefore = (refresher: Refresher, id: string): Promise<void> => refresher.forget(id).catch(() => {})
