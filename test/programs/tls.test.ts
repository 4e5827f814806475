import { beforeAll, expect, it } from '@jest/globals'
import { describeWith, lacking } from '../support/tools.js'
import { DEVICES, install, refresh } from './devices.js'
import { type Identity, identity } from './identity.js'
import { startTlsTokenEndpoint, tokens } from './token-endpoint.js'

/** How each program is told of a further authority. */
const TRUST: Record<string, (authority: string, folder: string) => Promise<Record<string, string>>> = {
  curl: async (authority) => ({ CURL_CA_BUNDLE: authority }),
  python: async (authority) => ({ SSL_CERT_FILE: authority }),
  node: async (authority) => ({ NODE_EXTRA_CA_CERTS: authority }),
}

const devices = DEVICES.filter(({ program }) => program in TRUST)

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

    it('refuses a certificate of an authority that it was not told of', async () => {
      const got = await outcome(ours, null)
      expect(got).toMatchObject({ code: 1, stdout: '', received: 0 })
      expect(got.stderr).toMatch(/is not trusted/)
    })
  })
}
