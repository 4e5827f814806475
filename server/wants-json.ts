import type { Request } from 'express'

/** Whether the answer is for a script: only where `Accept` prefers JSON. */
export const wantsJson = (req: Request): boolean => req.accepts(['html', 'json']) === 'json'
