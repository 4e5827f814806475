import type { Request } from 'express'
import { type Authenticator, Passport } from 'passport'
import { lifetimes } from '../sessions/lifetimes.js'
import type { StoredTokenSet, TokenSets } from '../stores/token-sets.js'
import type { Refresher } from '../tokens/refresh.js'

/** Passport, with the session keeping a token set's id and nothing more. */
export function createPassport(tokenSets: TokenSets, shared: boolean, now: () => number): Authenticator {
  const passport = new Passport() as unknown as Authenticator
  const { idle, absolute } = lifetimes(shared)

  passport.serializeUser((req: Request, user: Express.User, done: (error: unknown, id?: string) => void) => {
    // The session is new at this moment (no fixation) and stored right after: what else it must hold is put in here.
    Object.assign(req.session, req.signedIn, { began: now() })
    done(null, user.id)
  })
  passport.deserializeUser((req: Request, id: string, done: (error: unknown, user?: Express.User | false) => void) => {
    const left = (req.session.began ?? 0) + absolute - now()
    if (left <= 0) return done(null, false)
    tokenSets.load(id, Math.min(idle, left)).then((stored) => done(null, stored ?? false), done)
  })
  return passport
}

/** Gives the browser a new session that owns these tokens. `callback`: the `state` it came by, if it did. */
export async function signIn(req: Request, user: StoredTokenSet, callback?: string): Promise<void> {
  req.signedIn = { browser: req.session.browser, callback }
  await new Promise<void>((resolve, reject) => req.logIn(user, (error) => (error ? reject(error) : resolve())))
}

/** The set of the session before, which nobody can reach any more. One that can't be removed just now ends by itself. */
export const forgetBefore = (refresher: Refresher, id: string): Promise<void> => refresher.forget(id).catch(() => {})

declare module 'express-serve-static-core' {
  interface Request {
    signedIn?: { browser: string | undefined; callback: string | undefined }
  }
}
