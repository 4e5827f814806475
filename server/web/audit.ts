import type { Request } from 'express'
import type { Logger } from 'pino'
import type { AppError } from '../errors.js'
import type { Entry } from '../tokens/entry.js'
import { fingerprint } from '../tokens/fingerprint.js'

export type AuditEvent =
  | 'sign_in'
  | 'bring_token'
  | 'refresh'
  | 'prove'
  | 'revoke'
  | 'device_config'
  | 'label'
  | 'forget'
  | 'sign_out'

/** The only fields of an audit line besides its time. */
interface AuditFields {
  event: AuditEvent
  /** `ok`, or the code of the error. */
  outcome: string
  requestId: string | null
  address: string | null
  username: string | null
  subject: string | null
  /** Fingerprint of the entry's refresh token after the event. */
  fingerprint: string | null
  /** Fingerprint of the refresh token that a refresh replaced. */
  fingerprint_before?: string
  verdict?: string
  format?: string
}

/** Runs what a user does with a token, and writes one line: who, what, which token, and the outcome. */
export type Audit = <T>(event: AuditEvent, req: Request, work: () => Promise<T>, lineOf?: LineOf<T>) => Promise<T>

/** The entry after the event, and further fields for the line. */
type LineOf<T> = (result: T) => { entry?: Entry; verdict?: string | undefined; format?: string }

export function createAudit(logger: Logger): Audit {
  return async (event, req, work, lineOf = () => ({})) => {
    // After a sign-in or a pasted token, the line is about the new entry, not about the entries before it.
    const before =
      event === 'sign_in' || event === 'bring_token' ? null : ((req.token ?? req.tokens?.[0])?.entry ?? null)
    const write = (outcome: string, after: ReturnType<LineOf<unknown>>) => {
      const entry = after.entry ?? before
      const fields: AuditFields = {
        event,
        outcome,
        requestId: req.res?.locals.requestId ?? null,
        address: req.ip ?? null,
        username: cut(whoSignedIn(entry)?.username),
        subject: cut(whoSignedIn(entry)?.subject),
        fingerprint: named(entry),
        ...(event === 'refresh' && named(before) !== named(entry) && { fingerprint_before: named(before) ?? '' }),
        ...(after.verdict !== undefined && { verdict: after.verdict }),
        ...(after.format !== undefined && { format: after.format }),
      }
      logger.info(fields, 'audit')
    }
    try {
      const result = await work()
      write('ok', lineOf(result))
      return result
    } catch (error) {
      write((error as AppError).code ?? 'internal_error', {})
      throw error
    }
  }
}

const named = (entry: Entry | null) => (entry?.refresh_token ? fingerprint(entry.refresh_token) : null)

/** A pasted token can say anything about who it belongs to. */
const whoSignedIn = (entry: Entry | null) => (entry?.origin === 'sign_in' ? entry.who : null)

/** Cuts names: they come from the provider, and a log line must stay short. */
const cut = (text: string | null | undefined) => text?.slice(0, 200) ?? null
