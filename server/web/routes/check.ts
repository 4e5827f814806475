import type { IRouter, Request, Response } from 'express'
import type { SetupCheck } from '../../check/set-up-check.js'
import type { Config } from '../../config/config.js'
import { checkBegin } from '../../pages/check-page.js'
import type { Pages } from '../../pages/pages.js'
import { providerName } from '../../pages/words.js'
import type { Provider } from '../../provider/provider.js'
import { methodNotAllowed, ownSite } from '../guards.js'
import { wantsJson } from '../wants-json.js'

interface Dependencies {
  config: Config
  provider: Provider
  setupCheck: SetupCheck
  pages: Pages
}

/** The set-up, looked at before anybody signs in: the page grows as the results come, scripts get them all at once. */
export function checkRoutes(app: IRouter, { config, provider, setupCheck, pages }: Dependencies): void {
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

  app.route('/auth/check').post(ownSite(config), checkSetup).all(methodNotAllowed('POST'))
}
