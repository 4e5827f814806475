import type { Request, RequestHandler } from 'express'
import { lifetimes } from '../config/session-lifetimes.js'
import type { Which } from '../stores/record-lists.js'
import type { StoredEntry } from '../tokens/entries.js'
import type { TokenList } from '../tokens/token-list.js'
import { newSession, saveSession } from './sessions/sessions.js'
import type { Site } from './site.js'

declare global {
  namespace Express {
    interface User extends TokenList {}
    interface Request {
      /** Those of the list that were read with it: the one that is asked for, or all. */
      tokens?: StoredEntry[]
    }
  }
}

/** Who has signed in: `req.user` is the list that the session points to. */
export function sessionUser({ config, lists, pointer, sameCallback, now }: Site): RequestHandler {
  const { idle, absolute } = lifetimes(config.shared)
  return async (req, _res, next) => {
    const list = pointer.read(req)
    const { began, handedOver } = req.session
    // Before the sign-in, a pointer says where its token will go.
    if (list !== null && began === undefined) return next()
    if (handedOver !== undefined) {
      await sameCallback.arrived(handedOver)
      delete req.session.handedOver
    }
    const left = (began ?? 0) + absolute - now()
    const found = list !== null && left > 0 ? await lists.read(list, which(req), Math.min(idle, left)) : null
    if (found && found.list.items.length > 0) {
      req.user = found.list
      req.tokens = found.entries
    } else {
      delete req.session.list
      delete req.session.began
    }
    next()
  }
}

/** Read with the list, so that a page costs one question: the token that the address names, or all of them. */
function which({ path, query }: Request): Which {
  if (path.toLowerCase().startsWith('/profile/tokens')) return 'all'
  return typeof query.id === 'string' && query.id !== '' ? { id: query.id } : 'latest'
}

/** What a sign-in leaves in its session about the callback that it came by. */
export interface CameBy {
  state: string
  /** What ends when the new cookie has come back. */
  handedOver: string
}

const CALLBACKS_AT_MOST = 10

/** Gives the browser a new session (no fixation) that owns this list, stored when it resolves. */
export async function signIn({ pointer, now }: Site, req: Request, list: string, by?: CameBy): Promise<void> {
  const { browser, callbacks = [] } = req.session
  await newSession(req)
  const all = by ? [...callbacks, by.state].slice(-CALLBACKS_AT_MOST) : callbacks
  Object.assign(req.session, { browser, callbacks: all, handedOver: by?.handedOver, began: now() })
  pointer.set(req, list)
  await saveSession(req)
}
