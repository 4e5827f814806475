import { randomBytes } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { AppError } from '../../errors.js'
import { readCallback } from '../../sign-in/callback.js'
import type { SignIn } from '../../sign-in/sign-ins-under-way.js'
import type { StoredEntry } from '../../tokens/entries.js'
import { notStored } from '../../tokens/not-stored.js'
import { methodNotAllowed, ownSite } from '../guards.js'
import { forgetBefore, signIn } from '../session-user.js'
import { destroySession, forgetCookie, saveSession } from '../sessions/sessions.js'
import type { Site } from '../site.js'
import { wantsJson } from '../wants-json.js'

const PROMPTS = ['login', 'select_account', 'consent']

/** Sign-ins that one browser may have begun and not ended: one for each tab. */
const UNDER_WAY_AT_MOST = 8

/** To the provider, back from it, and out again. */
export function signInRoutes(site: Site): Router {
  const { config, flow, signIns, refresher, audit, mint, now } = site

  async function startSignIn(req: Request, res: Response): Promise<void> {
    const { url, state, signIn } = await flow.begin(PROMPTS.find((known) => known === req.query.prompt))
    await remember(req, state, signIn)
    res.redirect(302, url)
  }

  /** One record for each sign-in under way, so that two tabs don't disturb each other. */
  async function remember(req: Request, state: string, begun: SignIn): Promise<void> {
    const browser = req.session.browser ?? randomBytes(24).toString('base64url')
    const underWay = [...(req.session.signIns ?? []), state]
    const forgotten = underWay.splice(0, underWay.length - UNDER_WAY_AT_MOST)
    Object.assign(req.session, { browser, signIns: underWay })
    await Promise.all([signIns.put(browser, state, begun), ...forgotten.map((oldest) => signIns.take(browser, oldest))])
    // The redirect that follows must not be faster than the session it relies on.
    await saveSession(req)
  }

  async function finishSignIn(req: Request, res: Response): Promise<void> {
    const before = req.user
    const state = typeof req.query.state === 'string' ? req.query.state : undefined
    // The same callback again, by reload or by the back button: it has done its work.
    if (before && state !== undefined && req.session.callback === state) return res.redirect(303, '/profile')
    await audit('sign_in', req, () => mintAndSignIn(req, state), told)
    if (before) await forgetBefore(refresher, before.id)
    res.redirect(303, '/profile')
  }

  async function mintAndSignIn(req: Request, state: string | undefined): Promise<StoredEntry> {
    const parameters = readCallback(req.query)
    // State first, then the issuer, then the provider's error: a stranger's text is neither shown nor believed.
    const minted = await mint(await flow.finish(parameters, await take(req, parameters.state)))
    await signIn(req, minted, now(), state).catch((error) => {
      throw notStored(minted.entry.refresh_token, error)
    })
    return minted
  }

  /** @throws AppError `invalid_state` for a state that is not this browser's, is unknown, or was used. */
  async function take(req: Request, state: string | null): Promise<SignIn> {
    const { browser } = req.session
    const taken = state !== null && browser !== undefined ? await signIns.take(browser, state) : null
    if (taken) return taken
    throw new AppError(
      'invalid_state',
      `This sign-in didn't start in this browser at ${config.baseUrl}, or it took over 10 minutes. Nothing was lost.`,
      { hint: 'Start again.' },
    )
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

  const routes = Router()
  routes.route('/auth/oauth2').get(startSignIn).all(methodNotAllowed('GET'))
  routes.route('/auth/oauth2/callback').get(finishSignIn).all(methodNotAllowed('GET'))
  routes.route('/auth/logout').post(ownSite(config), signOut).all(methodNotAllowed('POST'))
  return routes
}

/** What the audit line has of it. */
const told = ({ entry }: StoredEntry) => ({ entry })
