import type { Verdict } from '../tokens/entry.js'

/** The page's one sentence: what the token is worth, and what the device must do. */
export interface VerdictWords {
  verdict: Verdict | null
  tone: 'good' | 'care' | 'bad' | 'open'
  word: string
  sentence: string
  /** The warnings that this headline says already. */
  says: string[]
}

export type Words = Omit<VerdictWords, 'verdict' | 'says'> & { says?: string[] }
