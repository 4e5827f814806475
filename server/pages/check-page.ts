import { SETUP_CHECKS } from '../check/checks.js'
import type { Check } from '../findings/check.js'
import { progress, type Step } from './progress.js'

/** The part above the results. */
export interface CheckBegin {
  progress: Step[]
  providerName: string
  clientId: string
  /** Every row from the start, in order, until its result comes. */
  rows: { id: string; title: string }[]
}

/** The part below the results. */
export interface CheckOutcome {
  ok: boolean
  /** The number of unknown results. */
  unknown: number
}

export const checkBegin = (providerName: string, clientId: string, signedIn: boolean): CheckBegin => ({
  progress: progress('check', [], signedIn),
  providerName,
  clientId,
  rows: SETUP_CHECKS.map(({ id, title }) => ({ id, title })),
})

/** Summarises the results. An unknown clock does not count: many providers send no time, and nothing depends on it. */
export const checkEnd = (ok: boolean, checks: Check[]): CheckOutcome => ({
  ok,
  unknown: checks.filter(({ id, result }) => result === 'unknown' && id !== 'clock').length,
})
