import type { IRouter } from 'express'
import type { Config } from '../config.js'
import { DEMO_USERS } from '../demo-provider/realm.js'
import type { Provider } from '../provider/provider.js'
import { methodNotAllowed } from '../security.js'
import { signedOutReason } from '../sessions/sessions.js'
import { homePage } from './home-page.js'
import type { Pages } from './pages.js'
import { sendPage } from './send-page.js'

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
