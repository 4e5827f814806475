import type { Request } from 'express'
import type { Seal } from '../../stores/seal.js'

/** Where a session keeps which list is its own: sealed with the session's id, so that it opens nothing in another session. */
export interface ListPointer {
  set(req: Request, list: string): void
  /** Null where there is none, or none that was written for this session. */
  read(req: Request): string | null
}

export function createListPointer(seal: Seal): ListPointer {
  return {
    set(req, list) {
      req.session.list = Buffer.from(seal.close(aad(req), list), 'latin1').toString('base64url')
    },
    read(req) {
      const { list } = req.session
      return list === undefined ? null : seal.open(aad(req), Buffer.from(list, 'base64url').toString('latin1'))
    },
  }
}

const aad = (req: Request) => `session:${req.sessionID}`
