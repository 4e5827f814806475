import { type Request, type Response, Router } from 'express'
import { checkBegin, checkEnd } from '../../pages/check-page.js'
import { providerName } from '../../pages/words.js'
import { methodNotAllowed, ownSite } from '../guards.js'
import type { Site } from '../site.js'
import { wantsJson } from '../wants-json.js'

/** Runs the set-up check before a sign-in. The page shows each result as it comes; a script gets all of them at once. */
export function checkRoutes({ config, provider, setupCheck, pages }: Site): Router {
  async function checkSetup(req: Request, res: Response): Promise<void> {
    const who = { signedIn: Boolean(req.user) }
    if (wantsJson(req)) {
      res.json(await setupCheck.run(undefined, who))
      return
    }
    res.type('html')
    const name = providerName(config, provider.preset())
    res.write(pages.checkBegin(checkBegin(name, config.oauth2.clientId, Boolean(req.user))))
    const { ok, checks } = await setupCheck.run((check) => res.write(pages.checkResult(check)), who)
    res.end(pages.checkEnd(checkEnd(ok, checks)))
  }

  const routes = Router()
  routes
    .route('/auth/check')
    .get((_req, res) => res.redirect(303, '/'))
    .post(ownSite(config), checkSetup)
    .all(methodNotAllowed('GET', 'POST'))
  return routes
}
