import type { IRouter, Request, Response } from 'express'
import type { Audit } from '../audit.js'
import { requireLogin, tokensOf } from '../auth/require-login.js'
import type { Config } from '../config.js'
import { choice } from '../form-field.js'
import { methodNotAllowed, ownSite } from '../security.js'
import { presentToken } from '../tokens/refresh.js'
import { iso } from '../tokens/token-answer-json.js'
import type { Proof } from '../tokens/token-set.js'
import { wantsJson } from '../wants-json.js'
import type { Prover } from './prove.js'

interface Dependencies {
  config: Config
  prover: Prover
  audit: Audit
}

/** The proof, run on request; its outcome stays with the token set. */
export function proofRoutes(app: IRouter, { config, prover, audit }: Dependencies): void {
  async function prove(req: Request, res: Response): Promise<void> {
    const reuse = choice(req, 'reuse', ['yes']) === 'yes'
    const stored = tokensOf(req)
    presentToken(stored.tokens)
    const { tokens } = await audit(
      'prove',
      req,
      () => prover.prove(stored, { reuse }),
      ({ tokens }) => ({ tokens, verdict: tokens.proof?.verdict }),
    )
    if (!wantsJson(req)) return res.redirect(303, '/profile')
    const { verdict, checks, proved_at } = tokens.proof as Proof
    res.json({ verdict, checks, proved_at: iso(proved_at) })
  }

  app.route('/auth/prove').post(ownSite(config), requireLogin, prove).all(methodNotAllowed('POST'))
}
