import { type Request, type Response, Router } from 'express'
import { downloadName } from '../../device-config/file-name.js'
import { AppError } from '../../errors.js'
import { calendar, reminderOf } from '../../reminder/reminder.js'
import { methodNotAllowed } from '../guards.js'
import { chooseToken, requireLogin, tokenOf } from '../require-login.js'
import type { Site } from '../site.js'

/** Downloads a calendar entry: use the token, or mint a new one, before this date. */
export function reminderRoutes(site: Site): Router {
  const { provider, now } = site

  function download(req: Request, res: Response): void {
    const { entry, label } = tokenOf(req)
    const reminder = reminderOf(entry, provider.preset(), now(), label)
    if (!reminder) {
      throw new AppError('not_found', "We don't know a date before which this token must be used.", {
        hint: "Look in the provider's settings: how long does it keep an unused token?",
      })
    }
    res.setHeader('Content-Disposition', `attachment; filename="${downloadName('refresh-token.ics', label)}"`)
    res.type('text/calendar').send(calendar(reminder, now()))
  }

  const routes = Router()
  routes.route('/profile/reminder.ics').get(requireLogin, chooseToken(site), download).all(methodNotAllowed('GET'))
  return routes
}
