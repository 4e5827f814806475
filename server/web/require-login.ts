import type { Request, RequestHandler } from 'express'
import { AppError } from '../errors.js'
import type { StoredEntry } from '../tokens/entries.js'
import type { TokenLists } from '../tokens/lists.js'
import type { TokenList } from '../tokens/token-list.js'
import { field } from './form-fields.js'
import { wantsJson } from './wants-json.js'

declare global {
  namespace Express {
    interface Request {
      /** The token that the request is about, behind `chooseToken`. */
      token?: StoredEntry
    }
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

/**
 * Finds the token that the request names: by the query `id`, or the field `id` of a POST; without it, the latest is meant. Stands
 * behind `requireLogin`. @throws AppError `unknown_token`
 */
export const chooseToken =
  ({ lists }: { lists: TokenLists }): RequestHandler =>
  async (req, _res, next) => {
    const list = listOf(req)
    const asked = req.method === 'POST' ? field(req, 'id') : req.query.id
    const id = asked === undefined || asked === '' ? list.items.at(-1)?.id : asked
    const known = list.items.find((item) => item.id === id)
    const read = req.tokens?.find((stored) => stored.id === id)
    const stored = read ?? (known && (await lists.read(list.id, known))?.entries[0])
    if (!stored) throw unknownToken()
    req.token = stored
    next()
  }

/** The session's list, behind `requireLogin`. */
export const listOf = (req: Request): TokenList => req.user as TokenList

/** The token that the request is about, behind `chooseToken`. */
export const tokenOf = (req: Request): StoredEntry => req.token as StoredEntry

/** The page that shows this token, whatever is minted meanwhile. */
export const pageOf = ({ id }: Pick<StoredEntry, 'id'>): string => `/profile?id=${id}`

export const unknownToken = () =>
  new AppError('unknown_token', 'This session has no token with that id. Nothing was done.', {
    hint: 'It was forgotten here, or belongs to a session that has ended. If it was minted, it still works.',
  })
