import { type Request, type Response, Router } from 'express'
import { testChecks } from '../../proof/checks.js'
import { shown } from '../../proof/shown.js'
import { providerFacts } from '../../provider/facts.js'
import type { Proof } from '../../tokens/entry.js'
import { iso } from '../../tokens/token-answer-json.js'
import { presentToken } from '../../tokens/usable-token.js'
import { choice } from '../form-fields.js'
import { methodNotAllowed, ownSite } from '../guards.js'
import { chooseToken, pageOf, requireLogin, tokenOf } from '../require-login.js'
import type { Site } from '../site.js'
import { wantsJson } from '../wants-json.js'

/** Runs the test, and saves its result with the entry. */
export function proveRoutes(site: Site): Router {
  const { config, provider, prover, audit, now } = site

  async function prove(req: Request, res: Response): Promise<void> {
    const reuse = choice(req, 'reuse', ['yes']) === 'yes'
    const stored = tokenOf(req)
    presentToken(stored.entry)
    const { entry } = await audit(
      'prove',
      req,
      () => prover.prove(stored, { reuse }),
      ({ entry }) => ({ entry, verdict: entry.proof?.verdict }),
    )
    if (!wantsJson(req)) return res.redirect(303, pageOf(stored))
    const { verdict, proved_at } = entry.proof as Proof
    const checks = testChecks(shown(config, providerFacts(provider), entry, now()))
    res.json({ verdict, checks, proved_at: iso(proved_at) })
  }

  const routes = Router()
  routes
    .route('/auth/prove')
    .post(ownSite(config), requireLogin, chooseToken(site), prove)
    .all(methodNotAllowed('POST'))
  return routes
}
