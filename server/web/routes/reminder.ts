import { type Request, type Response, Router } from 'express'
import { downloadName } from '../../device-config/file-name.js'
import { AppError } from '../../errors.js'
import { calendar, reminderOf } from '../../reminder/reminder.js'
import { methodNotAllowed } from '../guards.js'
import { chooseToken, requireLogin, tokenOf } from '../require-login.js'
import type { Site } from '../site.js'

/** A calendar entry for the date by which the token must be used or a new one minted. */
export function reminderRoutes(site: Site): Router {
  const { provider, now } = site

  function download(req: Request, res: Response): void {
    const { entry, label } = tokenOf(req)
    const reminder = reminderOf(entry, provider.preset(), now(), label)
    if (!reminder) {
      throw new AppError('not_found', 'No date is known by which this token must be used.', {
        hint: "The provider's settings may tell how long it keeps an unused token.",
      })
    }
    res.setHeader('Content-Disposition', `attachment; filename="${downloadName('refresh-token.ics', label)}"`)
    res.type('text/calendar').send(calendar(reminder, now()))
  }

  const routes = Router()
  routes.route('/profile/reminder.ics').get(requireLogin, chooseToken(site), download).all(methodNotAllowed('GET'))
  return routes
}
