import { type Request, type RequestHandler, type Response, Router } from 'express'
import { SIGN_IN_LASTS } from '../../config/session-lifetimes.js'
import { AppError } from '../../errors.js'
import { errorOf, type StoredError, storedError } from '../../sign-in/same-callback.js'
import { methodNotAllowed } from '../guards.js'
import type { Site } from '../site.js'
import { wantsJson } from '../wants-json.js'

const PATH = '/auth/oauth2/failed'

/**
 * Errors that the callback's own address shows. An unknown state may come from a sign-in in a terminal, and the person must copy this
 * page's address there. After a rate limit or a failure of the store, loading the page again can still complete the sign-in.
 */
const ANSWERED_AT_ONCE = ['invalid_state', 'rate_limited', 'store_unavailable']

/** Keeps the error of a failed callback for its browser, so that the error page has an address without the code and the state. */
export function failedSignIn({ records, seal }: Pick<Site, 'records' | 'seal'>) {
  const nameOf = (browser: string) => `failed:${browser}`

  const held =
    (finish: (req: Request, res: Response) => Promise<void>): RequestHandler =>
    async (req, res) => {
      try {
        await finish(req, res)
      } catch (error) {
        const { browser } = req.session
        if (wantsJson(req) || browser === undefined || !(error instanceof AppError)) throw error
        if (ANSWERED_AT_ONCE.includes(error.code)) throw error
        const key = nameOf(browser)
        const kept = records.create(key, seal.close(key, JSON.stringify(storedError(error))), SIGN_IN_LASTS)
        await kept.catch(() => {
          throw error
        })
        res.locals.code = error.code
        res.redirect(303, PATH)
      }
    }

  const show: RequestHandler = async (req, res) => {
    const { browser } = req.session
    const key = nameOf(browser ?? '')
    const record = browser === undefined ? null : await records.read(key)
    const text = record && seal.open(key, record.value)
    if (!text) return res.redirect(303, '/')
    throw errorOf(JSON.parse(text) as StoredError)
  }

  const routes = Router()
  routes.route(PATH).get(show).all(methodNotAllowed('GET'))
  return { held, routes }
}
