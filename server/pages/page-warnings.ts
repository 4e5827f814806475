import type { Shown } from '../proof/shown.js'
import { type Warning, warningsOf } from '../proof/warnings.js'
import type { VerdictWords } from './headline.js'

/** At most two are open on the page; those that the headline says are left out. */
export function pageWarnings(shown: Shown, { says }: Pick<VerdictWords, 'says'>): { open: Warning[]; more: Warning[] } {
  const warnings = warningsOf(shown).filter(({ id }) => !says.includes(id))
  return { open: warnings.slice(0, 2), more: warnings.slice(2) }
}

/** The warnings that stand over the files as well: about one-time tokens, ends and the address. */
export const fileWarnings = (shown: Shown): Warning[] =>
  warningsOf(shown).filter(({ id }) => ['reuse', 'lifetime', 'token_endpoint'].includes(id))
