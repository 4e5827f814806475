import { PRINTED_SECRETS } from './printed-secrets.js'
import { Invalid } from './problem.js'

export const SECRET_LENGTH = 32
export const MAKE_A_SECRET = 'openssl rand -hex 32'

/** A secret with fewer different characters is easy to guess. */
const DIFFERENT_CHARACTERS = 10

/** Reads a comma-separated list: the first one signs and encrypts, each can decrypt. */
export function sessionSecrets(value: string): string[] {
  const secrets = value.split(',').map((secret) => secret.trim())
  const short = secrets.findIndex((secret) => [...secret].length < SECRET_LENGTH)
  if (short < 0) return secrets
  throw new Invalid(
    `${which(secrets, short)} shorter than ${SECRET_LENGTH} characters`,
    `Make one with: ${MAKE_A_SECRET}`,
  )
}

/** Says why these secrets are too weak for a shared site; null if they are not. */
export function weaknessOf(secrets: string[]): string | null {
  const printed = secrets.findIndex((secret) => PRINTED_SECRETS.includes(secret))
  if (printed >= 0) return `${which(secrets, printed)} printed in this app's own files, where anyone can read it`
  const plain = secrets.findIndex((secret) => new Set(secret).size < DIFFERENT_CHARACTERS)
  if (plain < 0) return null
  return `${which(secrets, plain)} easy to guess: it has fewer than ${DIFFERENT_CHARACTERS} different characters`
}

function which(secrets: string[], at: number): string {
  return secrets.length === 1 ? 'is' : `contains, at place ${at + 1} of ${secrets.length}, a secret that is`
}
