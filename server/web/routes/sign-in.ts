import { randomBytes } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import type { Config } from '../../config/config.js'
import { AppError } from '../../errors.js'
import { readCallback } from '../../sign-in/callback.js'
import type { Callback } from '../../sign-in/same-callback.js'
import type { SignIn } from '../../sign-in/sign-ins-under-way.js'
import type { StoredEntry } from '../../tokens/entries.js'
import { findWho } from '../../tokens/mint.js'
import { notStored } from '../../tokens/not-stored.js'
import { LISTED_AT_MOST, listed, newListId } from '../../tokens/token-list.js'
import { tooManyTokens } from '../../tokens/too-many-tokens.js'
import { endSession } from '../end-session.js'
import { methodNotAllowed, ownSite } from '../guards.js'
import { inspectOutcome, inspector, mayPaste, signInToInspect, subjectIn } from '../inspect-sign-in.js'
import { type CameBy, signIn } from '../session-user.js'
import { saveSession, sessionIdOfCookie } from '../sessions/sessions.js'
import { isToInspect, nextDevice, promptOf } from '../sign-in-query.js'
import type { Site } from '../site.js'
import { wantsJson } from '../wants-json.js'
import { failedSignIn } from './failed-sign-in.js'

/** Unfinished sign-ins that one browser can have, for example in several tabs. */
const UNDER_WAY_AT_MOST = 8

/** Redirects to the provider, takes the callback, and signs out. */
export function signInRoutes(site: Site): Router {
  const { config, provider, flow, signIns, sameCallback, entries, pointer, audit, mint } = site

  async function startSignIn(req: Request, res: Response): Promise<void> {
    const inspects = isToInspect(req)
    if (inspects && mayPaste(site, req)) return res.redirect(303, '/')
    if (req.user && listed(req.user).length >= LISTED_AT_MOST) throw tooManyTokens()
    const { url, state, signIn } = await flow.begin(promptOf(req, provider.preset()), { inspects })
    await remember(req, state, { ...signIn, next: nextDevice(req) })
    // While the person signs in, we find out how the provider wants the client's credentials.
    void provider.authentication.findOut()
    res.redirect(302, url)
  }

  /** Stores one record for each unfinished sign-in, so that two tabs don't disturb each other. */
  async function remember(req: Request, state: string, begun: SignIn): Promise<void> {
    const browser = req.session.browser ?? randomBytes(24).toString('base64url')
    const underWay = [...(req.session.signIns ?? []), state]
    const forgotten = underWay.splice(0, underWay.length - UNDER_WAY_AT_MOST)
    Object.assign(req.session, { browser, signIns: underWay })
    // Two tabs that both sign in for the first time end up with one list.
    if (pointer.read(req) === null) pointer.set(req, newListId())
    await Promise.all([signIns.put(browser, state, begun), ...forgotten.map((oldest) => signIns.take(browser, oldest))])
    // The session must be stored before the redirect that needs it.
    await saveSession(req)
  }

  async function finishSignIn(req: Request, res: Response): Promise<void> {
    const before = req.user
    const { state } = readCallback(req.query)
    // The same callback again (a reload or the back button): it has already signed in.
    if (state !== null && req.session.callbacks?.includes(state)) {
      if (before) return res.redirect(303, '/profile')
      if (inspector(site, req)) return res.redirect(303, '/')
    }
    const callback = { session: sessionIdOfCookie(config, req), state }
    if (!isWhole(callback)) throw notOurs(config)
    const by = { state: callback.state, handedOver: sameCallback.keyOf(callback) }
    let page = '/profile'
    const { first, entry } = await sameCallback.run(callback, async () => {
      const begun = await taken(req, by)
      if (begun.inspects) return inspectOutcome(await audit('sign_in', req, () => knowWho(req, begun, by)))
      const { at, place } = await audit('sign_in', req, () => mintAndSignIn(req, begun, by), entryOf)
      if (place) page = `/profile?place=${place}`
      return at
    })
    if (entry === null) throw notOurs(config)
    if (!first) await followTheFirst(req, entry, by)
    res.redirect(303, subjectIn(entry) === undefined ? page : '/')
  }

  async function taken(req: Request, by: CameBy): Promise<SignIn> {
    const { browser } = req.session
    const begun = browser === undefined ? null : await signIns.take(browser, by.state)
    if (begun === null) throw notOurs(config)
    return begun
  }

  /** A sign-in to inspect a token: only the subject is kept. */
  async function knowWho(req: Request, begun: SignIn, by: CameBy): Promise<string | null> {
    const answer = await flow.finish(readCallback(req.query), begun)
    const { subject } = await findWho(provider, answer)
    await signInToInspect(site, req, subject, by)
    return subject
  }

  async function mintAndSignIn(
    req: Request,
    begun: SignIn,
    by: CameBy,
  ): Promise<StoredEntry & { place: string | null }> {
    // Check the state first, then the issuer, then the provider's error: we neither show nor trust text from an attacker.
    const answer = await flow.finish(readCallback(req.query), begun)
    const minted = await mint(answer, pointer.read(req) ?? newListId(), begun.next?.label)
    await signIn(site, req, minted.list, by).catch((error) => {
      throw notStored(minted.entry.refresh_token, error)
    })
    return { ...minted, place: begun.next?.place ?? null }
  }

  /** Starts a session for the second callback: the browser never received the answer to the first. */
  async function followTheFirst(req: Request, at: string, by: CameBy): Promise<void> {
    const subject = subjectIn(at)
    if (subject !== undefined) return signInToInspect(site, req, subject, by)
    const minted = await entries.load(at)
    if (minted === null) throw notOurs(config)
    await signIn(site, req, minted.list, by)
  }

  async function signOut(req: Request, res: Response): Promise<void> {
    if (req.user) await audit('sign_out', req, () => endSession(site, req, res))
    else await endSession(site, req, res)
    if (wantsJson(req)) res.status(204).end()
    else res.redirect(303, '/')
  }

  const failed = failedSignIn(site)
  const routes = Router()
  routes.route('/auth/oauth2').get(startSignIn).all(methodNotAllowed('GET'))
  routes.route('/auth/oauth2/callback').get(failed.held(finishSignIn)).all(methodNotAllowed('GET'))
  routes.use(failed.routes)
  routes.route('/auth/logout').post(ownSite(config), signOut).all(methodNotAllowed('POST'))
  return routes
}

/** Names the entry for the audit line. */
const entryOf = ({ entry }: StoredEntry) => ({ entry })

const isWhole = (callback: { session: string | null; state: string | null }): callback is Callback =>
  callback.session !== null && callback.state !== null

/** The state belongs to another browser, is unknown, or was used before. */
const notOurs = ({ baseUrl }: Config) =>
  new AppError(
    'invalid_state',
    `This sign-in didn't start in this browser at ${baseUrl}, or it took more than 10 minutes. You lost nothing.`,
    { hint: `Start again. ${FOR_TERMINALS}` },
  )

/** `offline-token-mint mint` asks for this page's address, but an attacker may ask for it too. */
const FOR_TERMINALS =
  "Started it in a terminal? Copy this page's address there. Did someone ask you for it? Don't send it: it gives them your token."
