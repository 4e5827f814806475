import type { Request, RequestHandler } from 'express'
import type { Config } from '../config/config.js'
import { AppError } from '../errors.js'
import { arrivalPage } from '../pages/arrival-page.js'
import type { Pages } from '../pages/pages.js'
import { sendPage } from './send-page.js'

/** Whether a page of another site or port sent this request (Fetch Metadata). Older browsers and scripts don't say. */
const fromElsewhere = ({ headers }: Request) =>
  headers['sec-fetch-site'] === 'cross-site' || headers['sec-fetch-site'] === 'same-site'

/**
 * Whether a page of this site sent the POST: `Sec-Fetch-Site` is `same-origin` or, if it is missing, `Origin` equals `BASE_URL`'s.
 */
export function isOurs({ headers }: Request, { baseUrl }: Pick<Config, 'baseUrl'>): boolean {
  const site = headers['sec-fetch-site']
  return site === undefined ? headers.origin === baseUrl : site === 'same-origin'
}

/**
 * Limits what another site's page can do: it can link to `/profile`, and to a page of ours with a button that starts a sign-in. It
 * can't load, embed or link to anything below `/profile/`.
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

/** Addresses that take POST alone refuse a HEAD themselves. */
const NOT_BY_HEAD = /^\/(profile|auth(?!\/(token|refresh|prove|revoke|label|forget|logout)$))\/.+/

/** Refuses a HEAD, because Express would handle it as a GET: it would start a sign-in or record a download. */
const refuseHead: RequestHandler = (_req, res, next) => {
  res.setHeader('Allow', 'GET')
  next(new AppError('method_not_allowed', 'This address does not accept HEAD. Use GET.'))
}

const isNavigation = ({ headers }: Request) =>
  headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'

const crossSite = () =>
  new AppError('cross_site', 'Another site sent your browser here. We did nothing.', {
    hint: 'Open this site yourself and use its own links.',
  })
