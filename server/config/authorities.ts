import { readFileSync } from 'node:fs'
import * as tls from 'node:tls'

/**
 * The certificate authorities that Node trusts by itself, `NODE_EXTRA_CA_CERTS` among them: what is given as `ca` replaces
 * them all, so whoever adds one has to name these as well. Node before 22.15 has no function that lists them.
 */
export function trustedByNode(): string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] }
  return getCACertificates ? getCACertificates('default') : [...tls.rootCertificates, ...extra()]
}

/** Node warns at its start about a file that it can't read, and goes on without it. */
function extra(): string[] {
  const file = process.env.NODE_EXTRA_CA_CERTS
  if (!file) return []
  try {
    return [readFileSync(file, 'utf8')]
  } catch {
    return []
  }
}
