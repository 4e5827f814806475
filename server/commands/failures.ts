import type { AppError, ErrorCode } from '../errors.js'
import { CommandEnd } from './command.js'
import { printable } from './printable.js'

/** Failures that may pass without a change: run the command again later. */
const LATER: readonly ErrorCode[] = ['provider_unreachable', 'provider_timeout', 'rate_limited', 'refresh_in_progress']
const DEAD: readonly ErrorCode[] = ['invalid_grant', 'no_refresh_token']

/** Returns the exit code of a failure: 1 change something first, 2 the token is dead, 3 try later. */
export function exitCodeOf({ code, busy }: Pick<AppError, 'code' | 'busy'>): 1 | 2 | 3 {
  if (DEAD.includes(code)) return 2
  return busy || LATER.includes(code) ? 3 : 1
}

/** Explains a failure: what happened, what the provider said, and what to do. */
export function explain(error: AppError | CommandEnd): string {
  const said = error instanceof CommandEnd ? null : error.extra.error_description
  return [
    printable(error.message),
    ...(typeof said === 'string' && said !== '' ? [`  The provider said: ${printable(said)}`] : []),
    ...(error.hint === null ? [] : [`  → ${printable(error.hint)}`]),
    '',
  ].join('\n')
}
