/** `unknown`: it could not be found out, with what was seen instead; never a guess. */
export type CheckResult = 'pass' | 'warn' | 'fail' | 'unknown'

/** One line of the set-up check or of the test, as the JSON answers it and the page shows it. */
export interface Check {
  id: string
  /** What it looks at, for people. */
  title: string
  result: CheckResult
  /** What was seen, one or two sentences. */
  message: string
  /** The switch to turn; null when there is nothing to do. */
  hint: string | null
  /** The id of the check whose failure keeps this one from being made; null when it was made. */
  skipped_because: string | null
  /** Of `client_authentication` in the set-up check: the ways the provider takes. */
  accepted?: string[]
  /** What must be typed, and where; there only where the cure is that. */
  enter?: Enter
  /** Commands for a shell that set the client up. */
  commands?: string[]
}

/** Something to be typed. */
export interface Enter {
  value: string
  where: string
}
