import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express, { type Express } from 'express'
import type { Store } from 'express-session'
import type { Logger } from 'pino'
import { loadAssets } from './assets.js'
import { createAudit } from './audit.js'
import type { Mint } from './auth/oauth2.js'
import { authRoutes } from './auth/routes.js'
import { sessionUser } from './auth/session-user.js'
import { checkRoutes } from './check/routes.js'
import { createSetupCheck } from './check/set-up-check.js'
import type { Config } from './config.js'
import { createDemoProvider } from './demo-provider/demo-provider.js'
import { DEMO_PATH } from './demo-provider/realm.js'
import { deviceConfigRoutes } from './device-config/routes.js'
import { errorHandler, notFound } from './error-handler.js'
import { healthRoutes, type Lifecycle } from './health.js'
import { requestLog } from './log.js'
import { loadPages } from './pages/pages.js'
import { homeRoutes } from './pages/routes.js'
import { createProver } from './proof/prove.js'
import { proofRoutes } from './proof/routes.js'
import type { Provider } from './provider/provider.js'
import { type CountIn, rateLimits } from './rate-limits.js'
import { reminderRoutes } from './reminder/routes.js'
import { requestBody } from './request-body.js'
import { knownHost, oneName, requireHttps, securityHeaders } from './security.js'
import { lifetimes } from './sessions/lifetimes.js'
import { sessions } from './sessions/sessions.js'
import type { Records } from './stores/records.js'
import { createSeal } from './stores/seal.js'
import { createSignIns } from './stores/sign-ins.js'
import { createTokenSets } from './stores/token-sets.js'
import { mintTokenSet } from './tokens/mint.js'
import { insist, notStored } from './tokens/not-stored.js'
import { createRefresher, type Refresher } from './tokens/refresh.js'
import { tokenRoutes } from './tokens/routes.js'

/** What the app is given from outside, so that a test can set the time or take the store away. */
export interface Dependencies {
  provider: Provider
  records: Records
  sessionStore: Store
  countIn: CountIn
  logger: Logger
  lifecycle: Lifecycle
  now: () => number
}

export interface App {
  handler: Express
  refresher: Refresher
}

const ROOT = fileURLToPath(new URL('../', import.meta.url))

/** The whole app. Its middleware, from top to bottom, is what a request goes through. */
export async function createApp(config: Config, dependencies: Dependencies): Promise<App> {
  const { provider, records, sessionStore, countIn, logger, lifecycle, now } = dependencies
  const seal = createSeal(config.sessionSecrets)
  const signIns = createSignIns(records, seal)
  const tokenSets = createTokenSets(records, seal)
  const refresher = createRefresher({ provider, tokenSets, records, now })
  const prover = createProver({ provider, refresher, now })
  const setupCheck = createSetupCheck({ config, provider, now })
  const assets = await loadAssets(join(ROOT, 'public'))
  const pages = await loadPages(join(ROOT, 'views'), { asset: assets.url, demo: config.demo })
  const mint: Mint = async (answer) => {
    const minted = await mintTokenSet(provider, answer, await provider.authMethod(), now())
    return insist(() => tokenSets.create(minted, lifetimes(config.shared).idle)).catch((error) => {
      throw notStored(answer.refresh_token, error)
    })
  }

  const limits = rateLimits(config, countIn)
  const audit = createAudit(logger)

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', config.trustProxy)

  app.use(requestLog(logger))
  app.use(securityHeaders(config))
  app.use(knownHost(config))
  healthRoutes(app, records, provider, lifecycle)
  assets.routes(app)
  app.use(oneName(config))
  if (config.demo) {
    app.use(
      DEMO_PATH,
      await createDemoProvider({
        baseUrl: config.baseUrl,
        clock: now,
        stylesheet: assets.url('style.css'),
        onError: (error) => logger.error({ cause: (error as Error).name }, 'the demo provider failed'),
      }),
    )
  }
  app.use(requireHttps(config))
  limits.byAddress(app)
  app.use(sessions(config, sessionStore))
  app.use(sessionUser(tokenSets, config.shared, now))
  limits.bySession(app)
  app.use(requestBody())
  homeRoutes(app, config, provider, pages)
  checkRoutes(app, { config, provider, setupCheck, pages })
  authRoutes(app, { config, provider, signIns, refresher, audit, mint, now })
  tokenRoutes(app, { config, provider, tokenSets, refresher, audit, pages, now })
  proofRoutes(app, { config, prover, audit })
  deviceConfigRoutes(app, { config, provider, refresher, audit, now })
  reminderRoutes(app, provider, now)
  app.use(notFound)
  app.use(errorHandler(pages, logger))

  return { handler: app, refresher }
}
