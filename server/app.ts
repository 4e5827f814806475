import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express, { type Express, type IRouter } from 'express'
import type { Store } from 'express-session'
import type { Logger } from 'pino'
import { loadAssets } from './assets.js'
import { createAudit } from './audit.js'
import type { Mint } from './auth/oauth2.js'
import { sessionUser } from './auth/session-user.js'
import type { Config } from './config.js'
import { DEMO_PATH } from './demo-provider/realm.js'
import { errorHandler, notFound } from './error-handler.js'
import { healthRoutes, type Lifecycle } from './health.js'
import { lazily } from './lazily.js'
import { requestLog } from './log.js'
import { loadPages } from './pages/pages.js'
import { homeRoutes } from './pages/routes.js'
import type { Provider } from './provider/provider.js'
import type { CountIn } from './rate-limits.js'
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
  /** Waits so many milliseconds; a test moves its clock instead. */
  pause?: (milliseconds: number) => Promise<unknown>
}

export interface App {
  handler: Express
  refresher: Refresher
}

const ROOT = fileURLToPath(new URL('../', import.meta.url))

/** The whole app. Its middleware, from top to bottom, is what a request goes through. */
export async function createApp(config: Config, dependencies: Dependencies): Promise<App> {
  const { provider, records, sessionStore, countIn, logger, lifecycle, now, pause } = dependencies
  const seal = createSeal(config.sessionSecrets)
  const signIns = createSignIns(records, seal)
  const tokenSets = createTokenSets(records, seal)
  const refresher = createRefresher({ provider, tokenSets, records, now })
  const assets = await loadAssets(join(ROOT, 'public'))
  const pages = await loadPages(join(ROOT, 'views'), { asset: assets.url, demo: config.demo })
  const mint: Mint = async (answer) => {
    const minted = await mintTokenSet(provider, answer, await provider.authMethod(), now())
    return insist(() => tokenSets.create(minted, lifetimes(config.shared).idle)).catch((error) => {
      throw notStored(answer.refresh_token, error)
    })
  }

  const limits = config.shared ? (await import('./rate-limits.js')).rateLimits(countIn) : null
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
  app.use(sessionUser(tokenSets, config.shared, now))
  limits?.bySession(app)
  app.use(requestBody())
  homeRoutes(app, config, provider, pages)
  app.all('/auth/check', lazily(setUpCheck))
  app.all(['/auth/oauth2{/callback}', '/auth/logout'], lazily(signInAndOut))
  tokenRoutes(app, { config, provider, tokenSets, refresher, audit, pages, now })
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
    const { authRoutes } = await import('./auth/routes.js')
    authRoutes(routes, { config, provider, signIns, refresher, audit, mint, now })
  }

  async function setUpCheck(routes: IRouter): Promise<void> {
    const { createSetupCheck } = await import('./check/set-up-check.js')
    const { checkRoutes } = await import('./check/routes.js')
    checkRoutes(routes, { config, provider, setupCheck: createSetupCheck({ config, provider, now }), pages })
  }

  async function proof(routes: IRouter): Promise<void> {
    const { createProver } = await import('./proof/prove.js')
    const { proofRoutes } = await import('./proof/routes.js')
    proofRoutes(routes, { config, prover: createProver({ provider, refresher, now, ...(pause && { pause }) }), audit })
  }

  async function deviceConfig(routes: IRouter): Promise<void> {
    const { deviceConfigRoutes } = await import('./device-config/routes.js')
    deviceConfigRoutes(routes, { config, provider, refresher, audit, now })
  }

  async function reminder(routes: IRouter): Promise<void> {
    const { reminderRoutes } = await import('./reminder/routes.js')
    reminderRoutes(routes, provider, now)
  }
}
