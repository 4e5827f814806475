import type { Preset } from '../knowledge/presets/preset.js'
import type { Proof } from '../tokens/entry.js'

/** What two refreshes and the questions after them have shown. */
export interface Shown {
  /** The same token worked twice, and no other came back. */
  same: boolean
  /** What introspection, with its controls, says about the first token; null where it can't be known. */
  firstActive: boolean | null
  /** A replaced token may still be taken: fewer than 90 s have passed. */
  early: boolean
  /** A reuse test of an earlier token of this client found that a refresh replaces it. */
  learned: boolean
}

type Judged = Pick<Proof, 'verdict' | 'basis' | 'found'>

/** What the token is worth to a device. What the provider documents is never contradicted by what a moment shows. */
export function judge({ same, firstActive, early, learned }: Shown, { rotates, grace }: Preset): Judged {
  if (rotates === 'always' && (same || firstActive !== false)) return DOCUMENTED_ONE_TIME
  if (same) return { verdict: 'reusable', basis: 'tested', found: 'same' }
  if (firstActive === false) return { verdict: 'one_time', basis: 'tested', found: 'first_inactive' }
  if (learned) return { verdict: 'one_time', basis: 'tested', found: 'learned' }
  if (firstActive) {
    if (grace && early) return { verdict: 'unknown', basis: null, found: 'grace' }
    if (rotates === 'if_replaced' && !grace) return DOCUMENTED_ONE_TIME
    return { verdict: 'reusable', basis: 'tested', found: 'first_active' }
  }
  if (rotates === 'if_replaced') return DOCUMENTED_ONE_TIME
  if (rotates === 'renews') return { verdict: 'reusable', basis: 'documented', found: 'documented_valid' }
  return { verdict: 'unknown', basis: null, found: 'not_known' }
}

const DOCUMENTED_ONE_TIME: Judged = { verdict: 'one_time', basis: 'documented', found: 'documented_one_time' }
