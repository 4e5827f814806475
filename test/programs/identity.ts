import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate for a server, which is its own authority. */
export interface Identity {
  key: string
  cert: string
  /** The certificate's file; it is its own authority. */
  file: string
}

export async function identity(subjectAltName: string): Promise<Identity> {
  const folder = await mkdtemp(join(tmpdir(), 'certificate-'))
  const [key, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const name = ['-subj', '/CN=test', '-addext', `subjectAltName=${subjectAltName}`]
  execFileSync('openssl', [...args, ...name, '-keyout', key, '-out', file], { stdio: 'ignore' })
  return { key: await readFile(key, 'utf8'), cert: await readFile(file, 'utf8'), file }
}
