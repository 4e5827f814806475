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
      /** The entries that were read together with the list: the requested one, or all. */
      tokens?: StoredEntry[]
    }
  }
}

/** Sets `req.user` to the list that the session points to. */
export function sessionUser({ config, lists, pointer, sameCallback, now }: Site): RequestHandler {
  const { idle, absolute } = lifetimes(config.shared)
  return async (req, _res, next) => {
    const list = pointer.read(req)
    const { began, handedOver } = req.session
    // Before a sign-in ends, the pointer already names the list for its token.
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

/** Chooses what to read together with the list, so that a page costs one request to the store: the named token, or all. */
function which({ path, query }: Request): Which {
  if (path.toLowerCase().startsWith('/profile/tokens')) return 'all'
  return typeof query.id === 'string' && query.id !== '' ? { id: query.id } : 'latest'
}

/** What a session remembers about the callback that signed in. */
export interface CameBy {
  state: string
  /** Names the old cookie's record, which ends when the browser sends the new cookie. */
  handedOver: string
}

const CALLBACKS_AT_MOST = 10

/** Gives the browser a new session (against session fixation) that owns this list. Resolves when the session is stored. */
export async function signIn({ pointer, now }: Site, req: Request, list: string, by?: CameBy): Promise<void> {
  const { browser, callbacks = [] } = req.session
  await newSession(req)
  const all = by ? [...callbacks, by.state].slice(-CALLBACKS_AT_MOST) : callbacks
  Object.assign(req.session, { browser, callbacks: all, handedOver: by?.handedOver, began: now() })
  pointer.set(req, list)
  await saveSession(req)
}
