import type { Request, RequestHandler } from 'express'
import { AppError } from '../errors.js'
import type { StoredEntry } from '../tokens/entries.js'
import { wantsJson } from './wants-json.js'

declare global {
  namespace Express {
    interface User extends StoredEntry {}
  }
}

/** Signed out: 401 for a script, the home page for a person; never silently another sign-in. */
export const requireLogin: RequestHandler = (req, res, next) => {
  if (req.user) return next()
  if (!wantsJson(req)) return res.redirect(302, '/')
  next(
    new AppError('not_signed_in', 'There is no session with tokens here.', { hint: 'Sign in at /auth/oauth2 first.' }),
  )
}

/** The session's token set, behind `requireLogin`. */
export const tokensOf = (req: Request): StoredEntry => req.user as StoredEntry
