import type { Request, RequestHandler } from 'express'
import type { Config } from '../config/config.js'
import { AppError } from '../errors.js'
import { arrivalPage } from '../pages/arrival-page.js'
import type { Pages } from '../pages/pages.js'
import { sendPage } from './send-page.js'

/** Whether a page of another site or port made the browser send this (Fetch Metadata). Older browsers and scripts don't say. */
const fromElsewhere = ({ headers }: Request) =>
  headers['sec-fetch-site'] === 'cross-site' || headers['sec-fetch-site'] === 'same-site'

/**
 * A POST counts as ours by `Sec-Fetch-Site: same-origin`, or, where none is sent, by an `Origin` equal to `BASE_URL`'s.
 */
export function isOurs({ headers }: Request, { baseUrl }: Pick<Config, 'baseUrl'>): boolean {
  const site = headers['sec-fetch-site']
  return site === undefined ? headers.origin === baseUrl : site === 'same-origin'
}

/**
 * What another site's page may do: link to `/profile`, and offer a sign-in, which a person begins with a button of ours. It may not
 * load, embed or link to anything below `/profile/`.
 */
export function requestsFromElsewhere(pages: Pages): RequestHandler {
  return (req, res, next) => {
    // As Express matches addresses.
    const path = req.path.toLowerCase().replace(/(.)\/$/, '$1')
    if (req.method === 'HEAD' && NOT_BY_HEAD.test(path)) return refuseHead(req, res, next)
    if (req.method !== 'GET') return next()
    if (path.startsWith('/profile/')) return next(fromElsewhere(req) ? crossSite() : undefined)
    if (path === '/profile') return next(fromElsewhere(req) && !isNavigation(req) ? crossSite() : undefined)
    if (path !== '/auth/oauth2') return next()
    const { 'sec-fetch-dest': destination = 'document' } = req.headers
    if (destination !== 'document') return next(crossSite())
    if (!fromElsewhere(req)) return next()
    sendPage(req, res, pages.arrival(arrivalPage()))
  }
}

const NOT_BY_HEAD = /^\/(profile\/.+|auth\/oauth2(\/callback)?)$/

/** A HEAD would do what its GET does: begin a sign-in, or record a download. */
const refuseHead: RequestHandler = (_req, res, next) => {
  res.setHeader('Allow', 'GET')
  next(new AppError('method_not_allowed', 'HEAD is not allowed here; GET is.'))
}

const isNavigation = ({ headers }: Request) =>
  headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'

const crossSite = () =>
  new AppError('cross_site', 'Another site made your browser ask for this. Nothing was done.', {
    hint: 'Open this site yourself, and follow its own links.',
  })
