import { readFileSync } from 'node:fs'
import * as tls from 'node:tls'

/**
 * Lists the certificate authorities that Node trusts by default, with `NODE_EXTRA_CA_CERTS`. Node's option `ca` replaces all of them,
 * so to add one we must pass these too. Node before 22.15 has no function that lists them.
 */
export function trustedByNode(): string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] }
  return getCACertificates ? getCACertificates('default') : [...tls.rootCertificates, ...extra()]
}

/** Node warns at its start about a file that it can't read, and continues without it. */
function extra(): string[] {
  const file = process.env.NODE_EXTRA_CA_CERTS
  if (!file) return []
  try {
    return [readFileSync(file, 'utf8')]
  } catch {
    return []
  }
}
