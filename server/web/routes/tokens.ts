import { type Request, type Response, Router } from 'express'
import { TOKEN_ENDPOINT_AUTH_METHODS } from '../../config/auth-methods.js'
import { lifetimes } from '../../config/session-lifetimes.js'
import { AppError } from '../../errors.js'
import { isToken } from '../../provider/token-answer.js'
import type { StoredEntry } from '../../tokens/entries.js'
import { pastedEntry } from '../../tokens/mint.js'
import { tokenAnswerJson } from '../../tokens/token-answer-json.js'
import { choice, field } from '../form-fields.js'
import { methodNotAllowed, ownSite } from '../guards.js'
import { requireLogin, tokensOf } from '../require-login.js'
import { forgetBefore, signIn } from '../session-user.js'
import type { Site } from '../site.js'
import { wantsJson } from '../wants-json.js'

/** What is done with a token: pasted, refreshed, revoked. */
export function tokenRoutes({ config, provider, entries, refresher, audit, now }: Site): Router {
  async function bringToken(req: Request, res: Response): Promise<void> {
    const sent = field(req, 'refresh_token')
    const token = typeof sent === 'string' ? sent.trim() : undefined
    if (!isToken(token)) {
      throw new AppError('invalid_field', 'refresh_token is empty, too long, or holds what no token can hold.', {
        hint: 'Paste the token alone: printable ASCII, without quotes or line breaks.',
        extra: { field: 'refresh_token' },
      })
    }
    const before = req.user
    const stored = await audit('bring_token', req, () => keepBrought(req, token), told)
    if (before) await forgetBefore(refresher, before.id)
    if (wantsJson(req)) res.json(tokenAnswerJson(stored.entry))
    else res.redirect(303, '/profile')
  }

  async function keepBrought(req: Request, token: string): Promise<StoredEntry> {
    const brought = await pastedEntry(provider, token, now())
    const stored = await entries.create(brought, lifetimes(config.shared).idle)
    await signIn(req, stored, now())
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
    const { entry } = await audit('refresh', req, () => refresher.refresh(tokensOf(req), method), told)
    if (wantsJson(req)) res.json(tokenAnswerJson(entry))
    else res.redirect(303, '/profile')
  }

  async function revoke(req: Request, res: Response): Promise<void> {
    await audit('revoke', req, () => refresher.revoke(tokensOf(req)))
    if (wantsJson(req)) res.json({ revoked: true })
    else res.redirect(303, '/profile')
  }

  const ours = ownSite(config)
  const routes = Router()
  routes.route('/auth/token').post(ours, bringToken).all(methodNotAllowed('POST'))
  routes.route('/auth/refresh').post(ours, requireLogin, refreshNow).all(methodNotAllowed('POST'))
  routes.route('/auth/revoke').post(ours, requireLogin, revoke).all(methodNotAllowed('POST'))
  return routes
}

/** What the audit line tells of it. */
const told = ({ entry }: StoredEntry) => ({ entry })
