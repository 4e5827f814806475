import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Certificate } from './certificate.js'

const AUTHORITY = `
[ca]
default_ca = own
[own]
new_certs_dir = .
database = index.txt
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
`

/** A self-signed certificate for this name; with `ended`, it held for one day of the year 2020. Made with openssl. */
export function makeBadCertificate(name: string, ended = false): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  writeFileSync(join(folder, 'ca.cnf'), AUTHORITY)
  writeFileSync(join(folder, 'index.txt'), '')
  writeFileSync(join(folder, 'serial'), '01')
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl(
    'req',
    ...curve,
    '-subj',
    `/CN=${name}`,
    '-addext',
    `subjectAltName=DNS:${name}`,
    '-keyout',
    'key',
    '-out',
    'csr',
  )
  const dates = ended ? ['-startdate', '200101000000Z', '-enddate', '200102000000Z'] : ['-days', '2']
  openssl(
    'ca',
    '-batch',
    '-config',
    'ca.cnf',
    '-selfsign',
    '-keyfile',
    'key',
    '-in',
    'csr',
    ...dates,
    '-notext',
    '-out',
    'cert',
  )
  const [keyFile, certFile] = [join(folder, 'key'), join(folder, 'cert')]
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8'), keyFile, certFile }
}
