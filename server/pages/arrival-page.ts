import { progress, type Step } from './progress.js'

/** Where another site's link to the sign-in ends. */
export interface ArrivalPage {
  progress: Step[]
}

export const arrivalPage = (): ArrivalPage => ({ progress: progress('sign_in', ['check'], false) })
