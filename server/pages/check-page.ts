import type { Check } from '../check/check.js'

export interface CheckPage {
  ok: boolean
  checks: Check[]
}
