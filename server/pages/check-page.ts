import { type Step, way } from './progress.js'

/** What stands above the results. */
export interface CheckBegin {
  way: Step[]
  providerName: string
  clientId: string
}

/** What stands below them. */
export interface CheckOutcome {
  ok: boolean
  /** How many could not be told. */
  unknown: number
}

export const checkBegin = (providerName: string, clientId: string, signedIn: boolean): CheckBegin => ({
  way: way('check', [], signedIn),
  providerName,
  clientId,
})
