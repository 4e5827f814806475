import type { ServerOptions } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express, { type Express } from 'express'
import type { Config } from './config/config.js'
import { DEMO_PATH } from './config/demo-realm.js'
import { loadPages } from './pages/pages.js'
import { loadAssets } from './web/assets.js'
import { demoProvider } from './web/demo-provider.js'
import { errorHandler, notFound } from './web/error-handler.js'
import { forwardedFor, trustsOnlyTheProxy } from './web/forwarded-for.js'
import { requestsFromElsewhere } from './web/from-elsewhere.js'
import { knownHost, oneName, requireHttps } from './web/guards.js'
import { rateLimits } from './web/rate-limits.js'
import { requestBody } from './web/request-body.js'
import { requestLog } from './web/request-log.js'
import { requestClasses } from './web/requests-for-express.js'
import { checkRoutes } from './web/routes/check.js'
import { deviceConfigRoutes } from './web/routes/device-config.js'
import { homeRoutes } from './web/routes/home.js'
import { listRoutes } from './web/routes/list.js'
import { probes } from './web/routes/probes.js'
import { profileRoutes } from './web/routes/profile.js'
import { proveRoutes } from './web/routes/prove.js'
import { reminderRoutes } from './web/routes/reminder.js'
import { signInRoutes } from './web/routes/sign-in.js'
import { tokenRoutes } from './web/routes/tokens.js'
import { securityHeaders } from './web/security-headers.js'
import { sessionUser } from './web/session-user.js'
import { sessions } from './web/sessions/sessions.js'
import { createSite, type Dependencies } from './web/site.js'

export interface App {
  handler: Express
  serverOptions: ServerOptions
  /** Resolves when no token request is under way any more, and nothing waits to be saved. */
  idle(): Promise<void>
}

const ROOT = fileURLToPath(new URL('../', import.meta.url))

/** The whole app. Its middleware, from top to bottom, is what a request goes through. */
export async function createApp(config: Config, dependencies: Dependencies): Promise<App> {
  const { sessionStore, countIn, logger, now } = dependencies
  const assets = await loadAssets(join(ROOT, 'public'))
  const pages = loadPages(join(ROOT, 'views'), { asset: assets.url, demo: config.demo })
  const site = createSite(config, dependencies, pages)
  const limits = rateLimits(config, countIn)

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', trustsOnlyTheProxy(config.trustProxy))

  app.use(forwardedFor(config.trustProxy))
  app.use(requestLog(logger))
  app.use(securityHeaders(config))
  app.use(knownHost(config))
  app.use(probes(config, dependencies))
  app.use(assets.routes)
  app.use(oneName(config))
  app.use(DEMO_PATH, demoProvider(config, { stylesheet: assets.url('style.css'), clock: now, logger }))
  app.use(requireHttps(config))
  app.use(requestsFromElsewhere(pages))
  app.use(limits.byAddress)
  app.use(sessions(config, sessionStore))
  app.use(sessionUser(site))
  app.use(limits.byList)
  app.use(requestBody())
  app.use(homeRoutes(site))
  app.use(checkRoutes(site))
  app.use(signInRoutes(site))
  app.use(profileRoutes(site))
  app.use(tokenRoutes(site))
  app.use(listRoutes(site))
  app.use(proveRoutes(site))
  app.use(deviceConfigRoutes(site))
  app.use(reminderRoutes(site))
  app.use(notFound)
  app.use(errorHandler(site, logger))

  return { handler: app, serverOptions: requestClasses(app), idle: site.idle }
}
