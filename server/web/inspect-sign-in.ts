import type { Request } from 'express'
import { lifetimes } from '../config/session-lifetimes.js'
import { AppError } from '../errors.js'
import { subjectOf } from '../tokens/pasted.js'
import type { CameBy } from './session-user.js'
import { newSession, saveSession } from './sessions/sessions.js'
import type { Site } from './site.js'

const MARK = 'inspects:'

/** Writes the outcome of a sign-in without a token: another callback with the same state gets it. */
export const inspectOutcome = (subject: string | null): string => MARK + JSON.stringify(subject)

/** Reads the subject from such an outcome; undefined if the outcome is an entry. */
export const subjectIn = (outcome: string): string | null | undefined =>
  outcome.startsWith(MARK) ? JSON.parse(outcome.slice(MARK.length)) : undefined

/** Gives the browser a new session (against session fixation) that knows who signed in and has no token. */
export async function signInToInspect(
  { now }: Pick<Site, 'now'>,
  req: Request,
  subject: string | null,
  by: CameBy,
): Promise<void> {
  const { browser } = req.session
  await newSession(req)
  const inspects = { subject, since: now() }
  Object.assign(req.session, { browser, callbacks: [by.state], handedOver: by.handedOver, inspects })
  await saveSession(req)
}

/** Whether this browser can paste a token: always on the user's own machine, elsewhere only after a sign-in. */
export function mayPaste({ config, now }: Pick<Site, 'config' | 'now'>, req: Request): boolean {
  return !config.guarded || req.user !== undefined || inspector({ config, now }, req) !== null
}

/** @throws AppError `other_subject` if other people use the site and the token says that it belongs to another person */
export function refuseOtherSubject(site: Pick<Site, 'config' | 'now'>, req: Request, token: string): void {
  const says = subjectOf(token)
  const signedIn = req.user?.subject ?? inspector(site, req)?.subject ?? null
  if (!site.config.guarded || says === null || signedIn === null || says === signedIn) return
  throw new AppError(
    'other_subject',
    'The token says that it belongs to another person, not to the one who signed in.',
    {
      hint: 'Sign in as the person the token belongs to.',
      token: 'We sent nothing and stored nothing.',
    },
  )
}

/** Returns who signed in to inspect a token, unless that was too long ago. */
export function inspector({ config, now }: Pick<Site, 'config' | 'now'>, req: Request) {
  const { inspects } = req.session
  if (inspects === undefined || inspects.since + lifetimes(config.shared).absolute < now()) return null
  return inspects
}
