import { progress, type Step } from './progress.js'

/** What stands above the results. */
export interface CheckBegin {
  progress: Step[]
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
  progress: progress('check', [], signedIn),
  providerName,
  clientId,
})
