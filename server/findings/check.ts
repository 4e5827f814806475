/** `unknown`: it could not be told, with what was seen instead; never a guess. */
export type CheckResult = 'pass' | 'warn' | 'fail' | 'unknown'

/** One line of the set-up check or of the proof, as the JSON answers it and the page shows it. */
export interface Check {
  id: string
  result: CheckResult
  /** What was seen, one sentence. */
  message: string
  /** The switch to turn; null when there is nothing to do. */
  hint: string | null
  /** Of `client_authentication` in the set-up check: the ways the provider takes. */
  accepted?: string[]
}
