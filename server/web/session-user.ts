import type { Request, RequestHandler } from 'express'
import { lifetimes } from '../config/session-lifetimes.js'
import type { StoredTokenSet, TokenSets } from '../tokens/entries.js'
import type { Refresher } from '../tokens/refresh.js'
import { newSession, saveSession } from './sessions/sessions.js'

/** Who has signed in: `req.user` is the token set whose id the session keeps, and nothing more is in there. */
export function sessionUser(tokenSets: TokenSets, shared: boolean, now: () => number): RequestHandler {
  const { idle, absolute } = lifetimes(shared)
  return async (req, _res, next) => {
    const { tokens: id, began = 0 } = req.session
    if (id === undefined) return next()
    const left = began + absolute - now()
    const stored = left > 0 ? await tokenSets.load(id, Math.min(idle, left)) : null
    if (stored) req.user = stored
    else delete req.session.tokens
    next()
  }
}

/**
 * Gives the browser a new session (no fixation) that owns these tokens, stored when it resolves.
 * @param callback the `state` it came by, if it did
 */
export async function signIn(req: Request, user: StoredTokenSet, now: number, callback?: string): Promise<void> {
  const { browser } = req.session
  await newSession(req)
  Object.assign(req.session, { browser, callback, began: now, tokens: user.id })
  await saveSession(req)
  req.user = user
}

/** The set of the session before, which nobody can reach any more. One that can't be removed just now ends by itself. */
export const forgetBefore = (refresher: Refresher, id: string): Promise<void> => refresher.forget(id).catch(() => {})
