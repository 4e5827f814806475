import { type Request, type Response, Router } from 'express'
import { checkBegin } from '../../pages/check-page.js'
import { providerName } from '../../pages/words.js'
import { methodNotAllowed, ownSite } from '../guards.js'
import type { Site } from '../site.js'
import { wantsJson } from '../wants-json.js'

/** The set-up, looked at before anybody signs in: the page grows as the results come, scripts get them all at once. */
export function checkRoutes({ config, provider, setupCheck, pages }: Site): Router {
  async function checkSetup(req: Request, res: Response): Promise<void> {
    if (wantsJson(req)) {
      res.json(await setupCheck.run())
      return
    }
    res.type('html')
    const name = providerName(config, provider.preset())
    res.write(pages.checkBegin(checkBegin(name, config.oauth2.clientId, Boolean(req.user))))
    const { ok, checks } = await setupCheck.run((check) => res.write(pages.checkResult(check)))
    res.end(pages.checkEnd({ ok, unknown: checks.filter(({ result }) => result === 'unknown').length }))
  }

  const routes = Router()
  routes.route('/auth/check').post(ownSite(config), checkSetup).all(methodNotAllowed('POST'))
  return routes
}
