import type { Request, Response } from 'express'
import { destroySession, forgetCookie } from './sessions/sessions.js'
import type { Site } from './site.js'

/**
 * Ends the session at once, even during a refresh: that refresh then finds no entry to save to. If the store can't remove the list
 * now, nothing points to the list any more, and it expires.
 */
export async function endSession({ config, lists, pointer }: Site, req: Request, res: Response): Promise<void> {
  const list = pointer.read(req)
  await destroySession(req)
  if (list !== null) await lists.remove(list).catch(() => {})
  forgetCookie(config, res)
  res.setHeader('Clear-Site-Data', '"cache", "storage"')
}
