import { X509Certificate } from 'node:crypto'
import type { Files } from './parsers.js'
import { Invalid, shown } from './problem.js'

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** Reads the certificates of a PEM file, and checks that each one can be read. */
export function caFile(path: string, { readFile }: Files): string {
  const content = readNamedFile(path, readFile, shown(path))
  const certificates = content.match(PEM_CERTIFICATE) ?? []
  if (certificates.length === 0) {
    throw new Invalid(
      `names a file without a PEM certificate: ${shown(path)}`,
      'Name one with "-----BEGIN CERTIFICATE-----"; from DER: openssl x509 -inform der -in ca.der -out ca.pem',
    )
  }
  certificates.forEach((pem, index) => {
    try {
      new X509Certificate(pem)
    } catch {
      const which = `certificate ${index + 1} of ${certificates.length}`
      throw new Invalid(`names a file whose ${which} can't be read: ${shown(path)}`, 'Copy the file again, whole.')
    }
  })
  return certificates.join('\n')
}

/** Reads a secret from a file, as Docker and Kubernetes mount them. The path isn't shown, because it may be the secret itself, misplaced. */
export function secretFile(path: string, { readFile }: Files): string {
  const secret = readNamedFile(path, readFile, 'the one given').replace(/[\r\n]+$/, '')
  if (secret) return secret
  throw new Invalid('names an empty file', 'Write the secret into it, or unset the variable.')
}

function readNamedFile(path: string, readFile: Files['readFile'], named: string): string {
  try {
    return readFile(path)
  } catch (error) {
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? "can't be read"
    throw new Invalid(`names a file that ${reason}: ${named}`, 'Write the path of a file this user may read.')
  }
}

const REASONS: Record<string, string> = {
  ENOENT: "isn't there",
  EACCES: 'this user may not read',
  EPERM: 'this user may not read',
  EISDIR: 'is a folder',
}
