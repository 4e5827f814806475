import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  key: string
  cert: string
  keyFile: string
  /** It is its own authority. */
  certFile: string
}

/** A new one for localhost and 127.0.0.1, and for `names` too, made with openssl. */
export function makeCertificate(...more: string[]): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const all = ['localhost', ...more].map((name) => `DNS:${name}`).join()
  const names = ['-subj', '/CN=localhost', '-addext', `subjectAltName=${all},IP:127.0.0.1`]
  execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-keyout', keyFile, '-out', certFile], {
    stdio: 'ignore',
  })
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8'), keyFile, certFile }
}
