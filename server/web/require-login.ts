import type { Request, RequestHandler } from 'express'
import { AppError } from '../errors.js'
import type { StoredEntry } from '../tokens/entries.js'
import type { TokenLists } from '../tokens/lists.js'
import type { TokenList } from '../tokens/token-list.js'
import { field, parameter } from './form-fields.js'
import { wantsJson } from './wants-json.js'

declare global {
  namespace Express {
    interface Request {
      /** The token that the request names; set by `chooseToken`. */
      token?: StoredEntry
    }
  }
}

/** Requires a session. Otherwise a script gets 401 and a person the home page; it never starts a sign-in silently. */
export const requireLogin: RequestHandler = (req, res, next) => {
  if (req.user) return next()
  if (!wantsJson(req)) return res.redirect(302, '/')
  next(
    new AppError('not_signed_in', 'You have no session with tokens here.', { hint: 'Sign in at /auth/oauth2 first.' }),
  )
}

/**
 * Finds the token that the request names in the query `id`, or in the field `id` of a POST; without it, the latest entry. Goes after
 * `requireLogin`. @throws AppError `unknown_token`
 */
export const chooseToken =
  ({ lists }: { lists: TokenLists }): RequestHandler =>
  async (req, _res, next) => {
    const list = listOf(req)
    const asked = req.method === 'POST' ? field(req, 'id') : parameter(req, 'id')
    const id = asked === undefined || asked === '' ? list.items.at(-1)?.id : asked
    const known = list.items.find((item) => item.id === id)
    const read = req.tokens?.find((stored) => stored.id === id)
    const stored = read ?? (known && (await lists.read(list.id, known))?.entries[0])
    if (!stored) throw unknownToken()
    req.token = stored
    next()
  }

/** Returns the session's list; goes after `requireLogin`. */
export const listOf = (req: Request): TokenList => req.user as TokenList

/** Returns the token that the request names; goes after `chooseToken`. */
export const tokenOf = (req: Request): StoredEntry => req.token as StoredEntry

/** Returns the address of the page that shows this token, also after another one was minted. */
export const pageOf = ({ id }: Pick<StoredEntry, 'id'>): string => `/profile?id=${id}`

export const unknownToken = () =>
  new AppError('unknown_token', 'Your list has no token with this id. We did nothing.', {
    hint: 'You removed it from the list, or its session has ended. That did not revoke it.',
  })
