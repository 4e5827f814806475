import { type Request, type RequestHandler, type Response, Router } from 'express'
import { listPage } from '../../pages/list-page.js'
import { providerFacts } from '../../provider/facts.js'
import { csv } from '../../token-list/csv.js'
import { listRows } from '../../token-list/rows.js'
import type { OpenedList } from '../../tokens/entries.js'
import { readLabel } from '../../tokens/label.js'
import { endSession } from '../end-session.js'
import { field, parameter } from '../form-fields.js'
import { methodNotAllowed, ownSite } from '../guards.js'
import { chooseToken, listOf, pageOf, requireLogin, tokenOf, unknownToken } from '../require-login.js'
import { sendPage } from '../send-page.js'
import type { Site } from '../site.js'
import { wantsJson } from '../wants-json.js'

/** Shows the session's list of tokens, names an entry, and removes one from the list. */
export function listRoutes(site: Site): Router {
  const { config, provider, lists, pages, audit, now } = site

  const opened = (req: Request): OpenedList => ({ list: listOf(req), entries: req.tokens ?? [] })
  const rows = (req: Request) => listRows(config, provider.preset(), opened(req))

  function showList(req: Request, res: Response): void {
    if (wantsJson(req)) return void res.json(rows(req))
    sendPage(req, res, pages.tokens(listPage(config, providerFacts(provider), opened(req), now())))
  }

  function downloadJson(req: Request, res: Response): void {
    res.attachment('tokens.json').json(rows(req))
  }

  function downloadCsv(req: Request, res: Response): void {
    res
      .attachment('tokens.csv')
      .type('text/csv; charset=utf-8; header=present')
      .send(csv(rows(req)))
  }

  async function label(req: Request, res: Response): Promise<void> {
    const { list, id } = tokenOf(req)
    const label = readLabel(field(req, 'label'))
    const changed = await audit('label', req, () => lists.label(list, id, label))
    if (!changed) throw unknownToken()
    if (wantsJson(req)) res.json({ id, label })
    else res.redirect(303, pageOf({ id }))
  }

  async function forget(req: Request, res: Response): Promise<void> {
    const { list, id } = tokenOf(req)
    const left = await audit('forget', req, () => lists.forget(list, id))
    if (!left) throw unknownToken()
    if (left.items.length === 0) await endSession(site, req, res)
    if (wantsJson(req)) res.status(204).end()
    else res.redirect(303, left.items.length === 0 ? '/' : '/profile/tokens')
  }

  const choose = chooseToken(site)
  /** The list has all tokens, also where its address names one of them. */
  const known: RequestHandler = (req, res, next) =>
    parameter(req, 'id') === undefined ? next() : choose(req, res, next)
  const routes = Router()
  routes.route('/profile/tokens').get(requireLogin, known, showList).all(methodNotAllowed('GET'))
  routes.route('/profile/tokens.json').get(requireLogin, known, downloadJson).all(methodNotAllowed('GET'))
  routes.route('/profile/tokens.csv').get(requireLogin, known, downloadCsv).all(methodNotAllowed('GET'))
  routes.route('/auth/label').post(ownSite(config), requireLogin, choose, label).all(methodNotAllowed('POST'))
  routes.route('/auth/forget').post(ownSite(config), requireLogin, choose, forget).all(methodNotAllowed('POST'))
  return routes
}
