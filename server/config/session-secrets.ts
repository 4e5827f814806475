import { Invalid } from './problem.js'

export const SECRET_LENGTH = 32
export const MAKE_A_SECRET = 'openssl rand -hex 32'

/** A comma-separated list: the first signs and seals, all open. */
export function sessionSecrets(value: string): string[] {
  const secrets = value.split(',').map((secret) => secret.trim())
  const short = secrets.findIndex((secret) => [...secret].length < SECRET_LENGTH)
  if (short < 0) return secrets
  const which = secrets.length === 1 ? 'is' : `holds, at place ${short + 1} of ${secrets.length}, a secret`
  throw new Invalid(`${which} shorter than ${SECRET_LENGTH} characters`, `Make one with: ${MAKE_A_SECRET}`)
}
