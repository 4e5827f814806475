/** What stands above the results. */
export interface CheckBegin {
  providerName: string
  clientId: string
}

/** What stands below them. */
export interface CheckOutcome {
  ok: boolean
  /** How many could not be told. */
  unknown: number
}
