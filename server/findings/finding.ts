import type { AppError } from '../errors.js'
import type { Check } from './check.js'

/** What one check found; its id is in the table (checks.ts). */
export type Finding = Omit<Check, 'id'>

export const pass = (message: string): Finding => ({ result: 'pass', message, hint: null })
export const warn = (message: string, hint: string | null): Finding => ({ result: 'warn', message, hint })
export const fail = (message: string, hint: string | null): Finding => ({ result: 'fail', message, hint })
export const unknown = (message: string, hint: string | null = null): Finding => ({ result: 'unknown', message, hint })

/** The provider gave no answer that could be read: not there is a failure, nonsense can't be judged. */
export function noAnswer(error: AppError): Finding {
  const { message, hint, code } = error
  return code === 'provider_malformed' || error.retryAfter !== null ? unknown(message, hint) : fail(message, hint)
}
