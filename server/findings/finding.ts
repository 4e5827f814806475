import type { AppError } from '../errors.js'
import type { Check } from './check.js'
import { sayRestart } from './restart.js'

/** What one check found; its id and title are in the table (checks.ts). */
export interface Finding extends Omit<Check, 'id' | 'title' | 'skipped_because'> {
  skipped_because?: string
  /** The provider's own words. */
  said?: string
  /** The client is not known at the provider: what other checks find follows from that. */
  noClient?: true
  /** The client's credentials were refused. */
  refusesClient?: true
}

export const pass = (message: string): Finding => ({ result: 'pass', message, hint: null })
export const warn = (message: string, hint: string | null): Finding => ({ result: 'warn', message, hint })
export const fail = (message: string, hint: string | null): Finding => ({ result: 'fail', message, hint })
export const unknown = (message: string, hint: string | null = null): Finding => ({ result: 'unknown', message, hint })

/** Not made, since an earlier check failed. */
export const skipped = (earlier: string, message: string): Finding => ({
  ...unknown(message),
  skipped_because: earlier,
})

/** The provider gave no answer that could be read: not there is a failure, nonsense can't be judged. */
export function noAnswer(error: AppError): Finding {
  const { message, hint, code } = error
  return code === 'provider_malformed' || error.retryAfter !== null ? unknown(message, hint) : fail(message, hint)
}

/** A finding as a check: with its name, and without what only other checks need. */
export function asCheck(
  { id, title }: Pick<Check, 'id' | 'title'>,
  finding: Finding,
  /** null: the provider's own words are left out. */
  provider: string | null,
): Check {
  const { said, noClient: _, refusesClient: __, skipped_because = null, result, message, hint, ...rest } = finding
  const quoted = said && provider !== null ? ` ${provider} says: "${said}"` : ''
  return { id, title, result, message: `${message}${quoted}`, hint: sayRestart(hint), skipped_because, ...rest }
}
