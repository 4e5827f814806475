import type { CheckResult } from '../../findings/check.js'
import type { Finding } from '../../findings/finding.js'
import type { Verdict } from '../../tokens/entry.js'
import type { Seen } from '../seen.js'

const RESULTS: Record<Verdict, CheckResult> = {
  reusable: 'pass',
  one_time: 'warn',
  unknown: 'unknown',
  invalid: 'unknown',
}

/** What is to be done about each verdict, unless the proof saw something more. */
export const HINTS: Record<Verdict, string | null> = {
  reusable: null,
  one_time:
    'The device must save the token that comes back before it uses the access token, and no second device may hold it.',
  unknown: 'The reuse test can tell, at a risk: a provider with reuse detection ends the whole grant.',
  invalid: null,
}

/** Does the first token stay valid from call to call? */
export const reuse = ({ verdict, how, hint, preset }: Seen): Finding => ({
  result: RESULTS[verdict],
  message: verdict === 'unknown' ? `${how} ${preset.reuse}` : how,
  hint: hint ?? HINTS[verdict],
})
