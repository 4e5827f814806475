import type { IRouter, NextFunction, Request, RequestHandler, Response } from 'express'
import { type Authenticator, Passport } from 'passport'
import type { Config } from '../../config/config.js'
import { AppError } from '../../errors.js'
import type { ProviderMetadata } from '../../provider/metadata.js'
import type { Provider } from '../../provider/provider.js'
import type { SignIns } from '../../sign-in/sign-ins-under-way.js'
import { type Mint, OfflineTokenStrategy, type Step } from '../../sign-in/strategy.js'
import type { StoredEntry } from '../../tokens/entries.js'
import { notStored } from '../../tokens/not-stored.js'
import type { Refresher } from '../../tokens/refresh.js'
import type { Audit } from '../audit.js'
import { methodNotAllowed, ownSite } from '../guards.js'
import { forgetBefore, signIn } from '../session-user.js'
import { destroySession, forgetCookie } from '../sessions/sessions.js'
import { wantsJson } from '../wants-json.js'

interface Dependencies {
  config: Config
  provider: Provider
  signIns: SignIns
  refresher: Refresher
  audit: Audit
  mint: Mint
  now: () => number
}

const PROMPTS = ['login', 'select_account', 'consent']

/** To the provider, back from it, and out again. */
export function authRoutes(app: IRouter, dependencies: Dependencies): void {
  const { config, refresher, audit, now } = dependencies
  const passport = new Passport() as unknown as Authenticator

  function startSignIn(req: Request, res: Response, next: NextFunction): void {
    const step: Step = { prompt: PROMPTS.find((known) => known === req.query.prompt) }
    passport.authenticate('oauth2', step as object)(req, res, next)
  }

  async function finishSignIn(req: Request, res: Response, next: NextFunction): Promise<void> {
    const before = req.user
    const state = typeof req.query.state === 'string' ? req.query.state : undefined
    // The same callback again, by reload or by the back button: it has done its work.
    if (before && state !== undefined && req.session.callback === state) return res.redirect(303, '/profile')
    await audit('sign_in', req, () => mintAndSignIn(req, res, next, state), told)
    if (before) await forgetBefore(refresher, before.id)
    res.redirect(303, '/profile')
  }

  async function mintAndSignIn(req: Request, res: Response, next: NextFunction, state: string | undefined) {
    const minted = await finish(passport, req, res, next)
    await signIn(req, minted, now(), state).catch((error) => {
      throw notStored(minted.entry.refresh_token, error)
    })
    return minted
  }

  async function signOut(req: Request, res: Response): Promise<void> {
    const { user } = req
    // A refresh under way is waited for: its token stays valid, and nothing of it comes back to life here.
    if (user) await audit('sign_out', req, () => refresher.forget(user.id))
    await destroySession(req)
    forgetCookie(config, res)
    res.setHeader('Clear-Site-Data', '"cache", "storage"')
    if (wantsJson(req)) res.status(204).end()
    else res.redirect(303, '/')
  }

  const strategy = useStrategy(passport, dependencies)
  app.route('/auth/oauth2').get(strategy, startSignIn).all(methodNotAllowed('GET'))
  app.route('/auth/oauth2/callback').get(strategy, finishSignIn).all(methodNotAllowed('GET'))
  app.route('/auth/logout').post(ownSite(config), signOut).all(methodNotAllowed('POST'))
}

/** Makes Passport's strategy when the provider's metadata is there, and anew when it changed. */
function useStrategy(passport: Authenticator, { config, provider, signIns, mint }: Dependencies): RequestHandler {
  let made: ProviderMetadata | null = null
  return async (_req, _res, next) => {
    const metadata = await provider.metadata.get()
    if (made !== metadata) {
      const redirectUri = `${config.baseUrl}/auth/oauth2/callback`
      passport.use('oauth2', new OfflineTokenStrategy({ provider, metadata, signIns, redirectUri, mint }))
      made = metadata
    }
    next()
  }
}

/** What the audit line tells of it. */
const told = ({ entry }: StoredEntry) => ({ entry })

/** The callback's step of the strategy: the minted set, or what stood in the way. */
const finish = (passport: Authenticator, req: Request, res: Response, next: NextFunction): Promise<StoredEntry> =>
  new Promise((resolve, reject) => {
    const step: Step = { callback: true }
    const settle = (error: unknown, user: StoredEntry | false) =>
      user ? resolve(user) : reject(error ?? new AppError('invalid_state', 'This sign-in could not be completed.'))
    passport.authenticate('oauth2', step as object, settle)(req, res, next)
  })
