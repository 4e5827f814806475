import type { Entry } from './entry.js'

export interface Warning {
  id: string
  message: string
}

/** What a reader of the token answer should know: the test's checks that did not pass, and before any test what its answers showed. */
export function warningsOf({ proof, other_subject, dpop }: Entry): Warning[] {
  const checks = (proof?.checks ?? []).filter(({ result }) => result === 'warn' || result === 'fail')
  return [
    ...checks.map(({ id, message }) => ({ id, message })),
    ...(other_subject ? [SUBJECT] : []),
    ...(dpop ? [TOKEN_TYPE] : []),
  ]
}

const SUBJECT: Warning = { id: 'subject', message: 'An ID token of another issuer or user came. Is this token yours?' }

const TOKEN_TYPE: Warning = {
  id: 'token_type',
  message: 'The provider bound this token to a key (DPoP, RFC 9449) that your device does not have.',
}
