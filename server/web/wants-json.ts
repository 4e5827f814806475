import type { Request } from 'express'

/** Whether the answer is for a script: only where `Accept` prefers JSON. */
export const wantsJson = (req: Request): boolean =>
  // A browser's header begins so: nothing that follows can come before it, and there is no need to read it.
  !req.headers.accept?.startsWith('text/html,') && req.accepts(['html', 'json']) === 'json'
