import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { copyFile, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from '@jest/globals'
import { describeWith, lacking } from '../support/tools.js'
import { DEVICES, type Device, install, refresh } from './devices.js'
import { startTlsTokenEndpoint, tokens } from './token-endpoint.js'

interface Identity {
  key: string
  cert: string
  /** The certificate's file; it is its own authority. */
  file: string
}

async function identity(subjectAltName: string): Promise<Identity> {
  const folder = await mkdtemp(join(tmpdir(), 'certificate-'))
  const [key, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const name = ['-subj', '/CN=test', '-addext', `subjectAltName=${subjectAltName}`]
  execFileSync('openssl', [...args, ...name, '-keyout', key, '-out', file], { stdio: 'ignore' })
  return { key: await readFile(key, 'utf8'), cert: await readFile(file, 'utf8'), file }
}

/** How each program is told of a further authority. */
const TRUST: Record<string, (authority: string, folder: string) => Promise<Record<string, string>>> = {
  curl: async (authority) => ({ CURL_CA_BUNDLE: authority }),
  python: async (authority) => ({ SSL_CERT_FILE: authority }),
  node: async (authority) => ({ NODE_EXTRA_CA_CERTS: authority }),
  'micropython-program': async (authority, folder) => {
    await copyFile(authority, join(folder, 'ca.pem'))
    return {}
  },
}

/** MicroPython for Node has no TLS; a program for a board that checks by the authority beside it is run in Python. */
const devices = DEVICES.filter(({ program }) => program in TRUST).filter(({ name }) => !name.endsWith('in MicroPython'))

let ours: Identity
let other: Identity
let misnamed: Identity

for (const device of devices) {
  describeWith(device.missing ?? lacking('openssl'), `${device.name}, over TLS,`, () => {
    beforeAll(async () => {
      ours ??= await identity('IP:127.0.0.1')
      other ??= await identity('IP:127.0.0.1')
      misnamed ??= await identity('DNS:provider.example')
    })

    const trust = TRUST[device.program]
    async function outcome(served: Identity, trusted: Identity | null) {
      const endpoint = await startTlsTokenEndpoint(served, tokens({ refresh_token: 'second' }))
      const folder = await install(device, { token_endpoint: endpoint.url })
      const env = trusted && trust ? await trust(trusted.file, folder) : {}
      const got = await refresh(device, folder, { env: { ...env, REFRESH_TRIES: '1' } })
      await endpoint.close()
      return { ...got, stored: await device.stored(folder), received: endpoint.received.length }
    }

    it('takes a certificate of the authority that it was told of', async () => {
      expect(await outcome(ours, ours)).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '', stored: 'second' })
    })

    it.each([
      ['of another authority', () => outcome(ours, other)],
      ['for another name', () => outcome(misnamed, misnamed)],
    ])('refuses a certificate %s, says what to check, and sends nothing', async (_, run) => {
      const got = await run()
      expect(got).toMatchObject({ code: 1, stdout: '', stored: 'initial-refresh-token', received: 0 })
      expect(got.stderr).toMatch(/the certificate of https:.* is not trusted.*: check .*clock/)
    })

    if (device.program === 'micropython-program') {
      takesDer(device)
      warnsWithoutAuthority(outcome)
    }
    if (device.program !== 'micropython-program') {
      it('refuses a certificate of an authority that it was not told of', async () => {
        const got = await outcome(ours, null)
        expect(got).toMatchObject({ code: 1, stdout: '', received: 0 })
        expect(got.stderr).toMatch(/is not trusted/)
      })
    }
  })
}

function warnsWithoutAuthority(outcome: (served: Identity, trusted: null) => ReturnType<typeof refresh>) {
  it('says loudly that nothing is checked where no authority lies beside it', async () => {
    const got = await outcome(ours, null)
    expect(got).toMatchObject({ code: 0, stdout: 'access-1\n' })
    expect(got.stderr).toMatch(/WARNING: the provider's certificate is NOT checked; put .*ca\.der/)
  })
}

function takesDer(device: Device) {
  it('takes the authority as ca.der, too', async () => {
    const endpoint = await startTlsTokenEndpoint(ours, tokens())
    const folder = await install(device, { token_endpoint: endpoint.url })
    await writeFile(join(folder, 'ca.der'), new X509Certificate(ours.cert).raw)
    expect(await refresh(device, folder)).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '' })
    await endpoint.close()
  })
}
