import type { Request } from 'express'
import type { Seal } from '../../stores/seal.js'

/** Keeps which list belongs to the session, sealed with the session's id, so that it can't be used in another session. */
export interface ListPointer {
  set(req: Request, list: string): void
  /** Null if the session has no list, or the pointer was written for another session. */
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
