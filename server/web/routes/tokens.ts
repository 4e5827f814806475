import { type Request, type Response, Router } from 'express'
import { TOKEN_ENDPOINT_AUTH_METHODS } from '../../config/auth-methods.js'
import { AppError } from '../../errors.js'
import { shown } from '../../proof/shown.js'
import { warningsOf } from '../../proof/warnings.js'
import { providerFacts } from '../../provider/facts.js'
import type { StoredEntry } from '../../tokens/entries.js'
import { pastedEntry } from '../../tokens/mint.js'
import { pastedToken } from '../../tokens/pasted.js'
import { tokenAnswerJson } from '../../tokens/token-answer-json.js'
import { LISTED_AT_MOST, newListId } from '../../tokens/token-list.js'
import { choice, field } from '../form-fields.js'
import { methodNotAllowed, ownSite } from '../guards.js'
import { inspector, mayPaste, refuseOtherSubject } from '../inspect-sign-in.js'
import { chooseToken, pageOf, requireLogin, tokenOf } from '../require-login.js'
import { revokeWithReach } from '../revoke.js'
import { signIn } from '../session-user.js'
import type { Site } from '../site.js'
import { wantsJson } from '../wants-json.js'

/** Takes a pasted token, refreshes a token, and revokes one. */
export function tokenRoutes(site: Site): Router {
  const { config, provider, lists, pointer, refresher, audit, now } = site

  const answerOf = (stored: StoredEntry) =>
    tokenAnswerJson(stored.entry, warningsOf(shown(config, providerFacts(provider), stored.entry, now())), stored)

  async function bringToken(req: Request, res: Response): Promise<void> {
    if (!mayPaste(site, req)) return refusePaste(req, res)
    const token = pastedToken(field(req, 'refresh_token'))
    refuseOtherSubject(site, req, token)
    const stored = await audit('bring_token', req, () => keepPasted(req, token), entryOf)
    if (wantsJson(req)) res.json(answerOf(stored))
    else res.redirect(303, '/profile')
  }

  async function keepPasted(req: Request, token: string): Promise<StoredEntry> {
    const pasted = await pastedEntry(provider, token, now())
    const list = pointer.read(req) ?? newListId()
    const subject = inspector(site, req)?.subject ?? null
    const stored = await lists.add(list, pasted, { atMost: LISTED_AT_MOST, subject })
    if (!req.user) await signIn(site, req, list)
    return stored
  }

  async function refreshNow(req: Request, res: Response): Promise<void> {
    const method = choice(req, 'auth_method', TOKEN_ENDPOINT_AUTH_METHODS)
    if (method !== undefined && method !== 'none' && config.oauth2.clientSecret === null) {
      throw new AppError('invalid_field', `${method} needs a client secret, and this client is public.`, {
        hint: 'Leave auth_method out, or send "none".',
        extra: { field: 'auth_method' },
      })
    }
    const stored = await audit('refresh', req, () => refresher.refresh(tokenOf(req), method), entryOf)
    if (wantsJson(req)) res.json(answerOf(stored))
    else res.redirect(303, pageOf(stored))
  }

  async function revoke(req: Request, res: Response): Promise<void> {
    const { stored, reach, warnings } = await audit('revoke', req, () => revokeWithReach(site, tokenOf(req)))
    if (wantsJson(req)) res.json({ revoked: true, reach, warnings })
    else res.redirect(303, pageOf(stored))
  }

  const ours = ownSite(config)
  const choose = chooseToken(site)
  const routes = Router()
  routes.route('/auth/token').post(ours, bringToken).all(methodNotAllowed('POST'))
  routes.route('/auth/refresh').post(ours, requireLogin, choose, refreshNow).all(methodNotAllowed('POST'))
  routes.route('/auth/revoke').post(ours, requireLogin, choose, revoke).all(methodNotAllowed('POST'))
  return routes
}

/** If other people use the site, a visitor must sign in before we ask the provider about a pasted token. */
function refusePaste(req: Request, res: Response): void {
  if (!wantsJson(req)) {
    res.redirect(302, '/')
    return
  }
  throw new AppError('not_signed_in', 'On this site you must sign in before you paste a token.', {
    hint: 'Sign in at /auth/oauth2?for=inspect: this does not mint a token.',
  })
}

/** Names the entry for the audit line. */
const entryOf = ({ entry }: StoredEntry) => ({ entry })
