import type { Request } from 'express'

/** Whether the answer is for a script: `Accept` prefers JSON. */
export const wantsJson = (req: Request): boolean =>
  // Browsers send text/html first; skip parsing the rest.
  !req.headers.accept?.startsWith('text/html,') && req.accepts(['html', 'json']) === 'json'
