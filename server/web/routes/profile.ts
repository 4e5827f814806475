import { type Request, type Response, Router } from 'express'
import { profilePage } from '../../pages/profile-page.js'
import { shown } from '../../proof/shown.js'
import { warningsOf } from '../../proof/warnings.js'
import { providerFacts } from '../../provider/facts.js'
import { tokenAnswerJson } from '../../tokens/token-answer-json.js'
import { methodNotAllowed } from '../guards.js'
import { chooseToken, listOf, requireLogin, tokenOf } from '../require-login.js'
import { sendPage } from '../send-page.js'
import type { Site } from '../site.js'
import { wantsJson } from '../wants-json.js'

/** Shows the profile page: the token, its test results, and the files for a device. */
export function profileRoutes(site: Site): Router {
  const { config, provider, pages, now } = site

  function showProfile(req: Request, res: Response): void {
    const stored = tokenOf(req)
    const { entry } = stored
    const facts = providerFacts(provider)
    if (wantsJson(req)) {
      return void res.json(tokenAnswerJson(entry, warningsOf(shown(config, facts, entry, now())), stored))
    }
    const page = profilePage(config, facts, { entry, list: listOf(req), id: stored.id }, now(), req.query.place)
    sendPage(req, res, pages.profile(page))
  }

  const routes = Router()
  routes.route('/profile').get(requireLogin, chooseToken(site), showProfile).all(methodNotAllowed('GET'))
  return routes
}
