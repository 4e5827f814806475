import { type Request, type Response, Router } from 'express'
import { readLabel } from '../../tokens/label.js'
import { endSession } from '../end-session.js'
import { field } from '../form-fields.js'
import { methodNotAllowed, ownSite } from '../guards.js'
import { chooseToken, pageOf, requireLogin, tokenOf, unknownToken } from '../require-login.js'
import type { Site } from '../site.js'
import { wantsJson } from '../wants-json.js'

/** What is done with an entry of the list: named, and taken off. */
export function listRoutes(site: Site): Router {
  const { config, lists, audit } = site

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
  const routes = Router()
  routes.route('/auth/label').post(ownSite(config), requireLogin, choose, label).all(methodNotAllowed('POST'))
  routes.route('/auth/forget').post(ownSite(config), requireLogin, choose, forget).all(methodNotAllowed('POST'))
  return routes
}
