import type { Request } from 'express'
import { lifetimes } from '../config/session-lifetimes.js'
import { AppError } from '../errors.js'
import { subjectOf } from '../tokens/pasted.js'
import type { CameBy } from './session-user.js'
import { newSession, saveSession } from './sessions/sessions.js'
import type { Site } from './site.js'

const MARK = 'inspects:'

/** What another callback of the same state gets instead of an entry. */
export const inspectOutcome = (subject: string | null): string => MARK + JSON.stringify(subject)

/** The subject in such an outcome; undefined where it is an entry. */
export const subjectIn = (outcome: string): string | null | undefined =>
  outcome.startsWith(MARK) ? JSON.parse(outcome.slice(MARK.length)) : undefined

/** Gives the browser a new session (no fixation) that knows who signed in, and no token. */
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

/** Whether this browser may paste a token: always on one's own machine, else only after a sign-in. */
export function mayPaste({ config, now }: Pick<Site, 'config' | 'now'>, req: Request): boolean {
  return !config.guarded || req.user !== undefined || inspector({ config, now }, req) !== null
}

/** @throws AppError `other_subject` for a token that says it is another person's, on a site that others use */
export function refuseOtherSubject(site: Pick<Site, 'config' | 'now'>, req: Request, token: string): void {
  const says = subjectOf(token)
  const signedIn = req.user?.subject ?? inspector(site, req)?.subject ?? null
  if (!site.config.guarded || says === null || signedIn === null || says === signedIn) return
  throw new AppError('other_subject', 'The token says it belongs to another person than the one who signed in here.', {
    hint: 'Sign in as the person that the token belongs to.',
    token: 'Nothing was sent, and nothing was kept.',
  })
}

/** Who signed in to inspect, unless that was too long ago. */
export function inspector({ config, now }: Pick<Site, 'config' | 'now'>, req: Request) {
  const { inspects } = req.session
  if (inspects === undefined || inspects.since + lifetimes(config.shared).absolute < now()) return null
  return inspects
}
