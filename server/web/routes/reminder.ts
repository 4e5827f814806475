import type { IRouter, Request, Response } from 'express'
import { AppError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import { calendar, reminderOf } from '../../reminder/reminder.js'
import { methodNotAllowed } from '../guards.js'
import { requireLogin, tokensOf } from '../require-login.js'

/** A calendar entry for the date by which the token must be used or minted anew. */
export function reminderRoutes(app: IRouter, provider: Provider, now: () => number): void {
  function download(req: Request, res: Response): void {
    const reminder = reminderOf(tokensOf(req).entry, provider.preset())
    if (!reminder) {
      throw new AppError('not_found', 'No date is known by which this token must be used.', {
        hint: "The provider's settings may tell how long it keeps an unused token.",
      })
    }
    res.setHeader('Content-Disposition', 'attachment; filename="refresh-token.ics"')
    res.type('text/calendar').send(calendar(reminder, now()))
  }

  app.route('/profile/reminder.ics').get(requireLogin, download).all(methodNotAllowed('GET'))
}
