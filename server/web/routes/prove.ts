import { type Request, type Response, Router } from 'express'
import { testChecks } from '../../proof/checks.js'
import { shown } from '../../proof/shown.js'
import { providerFacts } from '../../provider/facts.js'
import type { StoredEntry } from '../../tokens/entries.js'
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
  const { config, provider, prover, lists, audit, now } = site

  /** What the reuse test of an earlier token of this list has found holds for the later ones. */
  async function learnedBefore({ list }: StoredEntry): Promise<boolean> {
    const all = (await lists.read(list, 'all'))?.entries ?? []
    return all.some(({ entry }) => entry.learned_one_time === true)
  }

  async function prove(req: Request, res: Response): Promise<void> {
    const reuse = choice(req, 'reuse', ['yes']) === 'yes'
    const stored = tokenOf(req)
    presentToken(stored.entry)
    const { entry } = await audit(
      'prove',
      req,
      async () => prover.prove(stored, { reuse, learned: await learnedBefore(stored) }),
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
