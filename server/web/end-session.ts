import type { Request, Response } from 'express'
import { destroySession, forgetCookie } from './sessions/sessions.js'
import type { Site } from './site.js'

/**
 * Ends the session at once, whatever is under way with its tokens: a refresh that ends later finds no entry to save to. A list that
 * can't be removed just now is out of reach, and ends by itself.
 */
export async function endSession({ config, lists, pointer }: Site, req: Request, res: Response): Promise<void> {
  const list = pointer.read(req)
  await destroySession(req)
  if (list !== null) await lists.remove(list).catch(() => {})
  forgetCookie(config, res)
  res.setHeader('Clear-Site-Data', '"cache", "storage"')
}
