import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express, { type Express, type IRouter } from 'express'
import type { Store } from 'express-session'
import type { Logger } from 'pino'
import type { Config } from './config/config.js'
import { DEMO_PATH } from './config/demo-realm.js'
import { lifetimes } from './config/session-lifetimes.js'
import { requestLog } from './log/logger.js'
import { loadPages } from './pages/pages.js'
import type { Provider } from './provider/provider.js'
import { createSignIns } from './sign-in/sign-ins-under-way.js'
import type { Mint } from './sign-in/strategy.js'
import type { Records } from './stores/records.js'
import { createSeal } from './stores/seal.js'
import { createEntries } from './tokens/entries.js'
import { signInEntry } from './tokens/mint.js'
import { insist, notStored } from './tokens/not-stored.js'
import { createRefresher, type Refresher } from './tokens/refresh.js'
import { loadAssets } from './web/assets.js'
import { createAudit } from './web/audit.js'
import { errorHandler, notFound } from './web/error-handler.js'
import { knownHost, oneName, requireHttps, securityHeaders } from './web/guards.js'
import { lazily } from './web/lazily.js'
import type { CountIn } from './web/rate-limits.js'
import { requestBody } from './web/request-body.js'
import { homeRoutes } from './web/routes/home.js'
import { healthRoutes, type Lifecycle } from './web/routes/probes.js'
import { tokenRoutes } from './web/routes/tokens.js'
import { sessionUser } from './web/session-user.js'
import { sessions } from './web/sessions/sessions.js'

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
  const entries = createEntries(records, seal)
  const refresher = createRefresher({ provider, entries, records, now })
  const assets = await loadAssets(join(ROOT, 'public'))
  const pages = await loadPages(join(ROOT, 'views'), { asset: assets.url, demo: config.demo })
  const mint: Mint = async (answer) => {
    const minted = await signInEntry(provider, answer, await provider.authMethod(), now())
    return insist(() => entries.create(minted, lifetimes(config.shared).idle)).catch((error) => {
      throw notStored(answer.refresh_token, error)
    })
  }

  const limits = config.shared ? (await import('./web/rate-limits.js')).rateLimits(countIn) : null
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
  if (config.demo) app.use(DEMO_PATH, lazily(demoProvider))
  app.use(requireHttps(config))
  limits?.byAddress(app)
  app.use(sessions(config, sessionStore))
  app.use(sessionUser(entries, config.shared, now))
  limits?.bySession(app)
  app.use(requestBody())
  homeRoutes(app, config, provider, pages)
  app.all('/auth/check', lazily(setUpCheck))
  app.all(['/auth/oauth2{/callback}', '/auth/logout'], lazily(signInAndOut))
  tokenRoutes(app, { config, provider, entries, refresher, audit, pages, now })
  app.all('/auth/prove', lazily(proof))
  app.all('/profile/device-config{/:format}', lazily(deviceConfig))
  app.all('/profile/reminder.ics', lazily(reminder))
  app.use(notFound)
  app.use(errorHandler(pages, logger))

  return { handler: app, refresher }

  async function demoProvider(routes: IRouter): Promise<void> {
    const { createDemoProvider } = await import('./demo-provider/demo-provider.js')
    const stylesheet = assets.url('style.css')
    const onError = (error: unknown) => logger.error({ cause: (error as Error).name }, 'the demo provider failed')
    routes.use(await createDemoProvider({ baseUrl: config.baseUrl, clock: now, stylesheet, onError }))
  }

  async function signInAndOut(routes: IRouter): Promise<void> {
    const { authRoutes } = await import('./web/routes/sign-in.js')
    authRoutes(routes, { config, provider, signIns, refresher, audit, mint, now })
  }

  async function setUpCheck(routes: IRouter): Promise<void> {
    const { createSetupCheck } = await import('./check/set-up-check.js')
    const { checkRoutes } = await import('./web/routes/check.js')
    checkRoutes(routes, { config, provider, setupCheck: createSetupCheck({ config, provider, now }), pages })
  }

  async function proof(routes: IRouter): Promise<void> {
    const { createProver } = await import('./proof/prove.js')
    const { proofRoutes } = await import('./web/routes/prove.js')
    proofRoutes(routes, { config, prover: createProver({ provider, refresher, now }), audit })
  }

  async function deviceConfig(routes: IRouter): Promise<void> {
    const { deviceConfigRoutes } = await import('./web/routes/device-config.js')
    deviceConfigRoutes(routes, { config, provider, refresher, audit, now })
  }

  async function reminder(routes: IRouter): Promise<void> {
    const { reminderRoutes } = await import('./web/routes/reminder.js')
    reminderRoutes(routes, provider, now)
  }
}
