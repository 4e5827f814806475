import type { IRouter } from 'express'
import type { Config } from '../../config/config.js'
import { DEMO_USERS } from '../../config/demo-realm.js'
import { homePage } from '../../pages/home-page.js'
import type { Pages } from '../../pages/pages.js'
import type { Provider } from '../../provider/provider.js'
import { methodNotAllowed } from '../guards.js'
import { sendPage } from '../send-page.js'
import { signedOutReason } from '../sessions/sessions.js'

/** The home page: what this is, with whom, and where to begin. */
export function homeRoutes(app: IRouter, config: Config, provider: Provider, pages: Pages): void {
  app
    .route('/')
    .get((req, res) => {
      const signedIn = Boolean(req.user)
      const visitor = { signedIn, signedOut: signedIn ? null : signedOutReason(config, req) }
      sendPage(req, res, pages.home(homePage(config, provider, DEMO_USERS, visitor)))
    })
    .all(methodNotAllowed('GET'))
}
