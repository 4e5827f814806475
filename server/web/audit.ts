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

/** What an audit line may hold beside its time: anything else never gets there. */
interface AuditFields {
  event: AuditEvent
  /** `ok`, or the code of the error that it ended in. */
  outcome: string
  requestId: string | null
  address: string | null
  username: string | null
  subject: string | null
  /** Of the refresh token that it left behind. */
  fingerprint: string | null
  /** Of the one before, where a refresh brought another. */
  fingerprint_before?: string
  verdict?: string
  format?: string
}

/** Runs what a user does with a token, and writes one line of it: who, what, which token, and how it ended. */
export type Audit = <T>(event: AuditEvent, req: Request, work: () => Promise<T>, told?: Told<T>) => Promise<T>

/** The set that it left behind, and what else the line is to tell. */
type Told<T> = (result: T) => { entry?: Entry; verdict?: string | undefined; format?: string }

export function createAudit(logger: Logger): Audit {
  return async (event, req, work, told = () => ({})) => {
    // Who begins anew leaves behind what was there before: it is not what the line is about.
    const before =
      event === 'sign_in' || event === 'bring_token' ? null : ((req.token ?? req.tokens?.[0])?.entry ?? null)
    const write = (outcome: string, after: ReturnType<Told<unknown>>) => {
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
      write('ok', told(result))
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

/** Names come from the provider: text, of a length that a log can bear. */
const cut = (text: string | null | undefined) => text?.slice(0, 200) ?? null
