import { SETUP_CHECKS } from '../check/checks.js'
import type { Check } from '../findings/check.js'
import { progress, type Step } from './progress.js'

/** What stands above the results. */
export interface CheckBegin {
  progress: Step[]
  providerName: string
  clientId: string
  /** Every row from the start, in order, until its result comes. */
  rows: { id: string; title: string }[]
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
  rows: SETUP_CHECKS.map(({ id, title }) => ({ id, title })),
})

/** An unknown clock does not spoil the outcome: many providers send no time, and nothing depends on it. */
export const checkEnd = (ok: boolean, checks: Check[]): CheckOutcome => ({
  ok,
  unknown: checks.filter(({ id, result }) => result === 'unknown' && id !== 'clock').length,
})
