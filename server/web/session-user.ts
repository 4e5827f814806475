import type { Request, RequestHandler } from 'express'
import { lifetimes } from '../config/session-lifetimes.js'
import type { StoredEntry } from '../tokens/entries.js'
import type { Refresher } from '../tokens/refresh.js'
import { newSession, saveSession } from './sessions/sessions.js'
import type { Site } from './site.js'

/** Who has signed in: `req.user` is the token set whose id the session keeps, and nothing more is in there. */
export function sessionUser({ config, entries, now }: Site): RequestHandler {
  const { idle, absolute } = lifetimes(config.shared)
  return async (req, _res, next) => {
    const { entry: id, began = 0 } = req.session
    if (id === undefined) return next()
    const left = began + absolute - now()
    const stored = left > 0 ? await entries.load(id, Math.min(idle, left)) : null
    if (stored) req.user = stored
    else delete req.session.entry
    next()
  }
}

/**
 * Gives the browser a new session (no fixation) that owns these tokens, stored when it resolves.
 * @param callback the `state` it came by, if it did
 */
export async function signIn(req: Request, user: StoredEntry, now: number, callback?: string): Promise<void> {
  const { browser } = req.session
  await newSession(req)
  Object.assign(req.session, { browser, callback, began: now, entry: user.id })
  await saveSession(req)
  req.user = user
}

/** The set of the session before, which nobody can reach any more. One that can't be removed just now ends by itself. */
export const forgetBefore = (refresher: Refresher, id: string): Promise<void> => refresher.forget(id).catch(() => {})
