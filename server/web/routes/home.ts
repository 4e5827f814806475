import { Router } from 'express'
import { DEMO_USERS } from '../../config/demo-realm.js'
import { homePage } from '../../pages/home-page.js'
import { providerFacts } from '../../provider/facts.js'
import { methodNotAllowed } from '../guards.js'
import { inspector, mayPaste } from '../inspect-sign-in.js'
import { sendPage } from '../send-page.js'
import { signedOutReason } from '../sessions/sessions.js'
import type { Site } from '../site.js'

/** Shows the home page: what this site does, with which provider, and how to start. */
export function homeRoutes(site: Site): Router {
  const { config, provider, pages } = site
  const routes = Router()
  routes
    .route('/')
    .get((req, res) => {
      const signedIn = Boolean(req.user)
      const visitor = {
        signedIn,
        entries: (req.tokens ?? []).map(({ entry }) => entry),
        mayPaste: mayPaste(site, req),
        inspects: inspector(site, req) !== null,
        signedOut: signedIn ? null : signedOutReason(config, req),
      }
      sendPage(req, res, pages.home(homePage(config, providerFacts(provider), DEMO_USERS, visitor)))
    })
    .all(methodNotAllowed('GET'))
  return routes
}
