import type { Check } from '../findings/check.js'
import { testChecks } from './checks.js'
import type { Shown } from './shown.js'

/** What speaks against giving the token to a device. */
export interface Warning {
  id: string
  message: string
}

const SUBJECT: Warning = {
  id: 'subject',
  message: 'The ID token names another issuer or user than before. We kept the token, but check who it belongs to.',
}

const DPOP: Warning = {
  id: 'token_type',
  message: 'The token is bound to a key (DPoP) that your device does not have, so the device cannot use it.',
}

/** Before any test: another subject, DPoP. After one also its checks that warn or fail. */
export function warningsOf(shown: Shown): Warning[] {
  const { other_subject, dpop } = shown.entry
  const bad = testChecks(shown).filter(({ result }) => result === 'warn' || result === 'fail')
  return [
    ...(other_subject ? [SUBJECT] : []),
    ...(dpop ? [DPOP] : []),
    ...bad.map(({ id, message, hint }: Check) => ({ id, message: hint ? `${message} ${hint}` : message })),
  ]
}
