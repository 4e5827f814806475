import { expect, it } from '@jest/globals'
import { describeWith } from '../support/tools.js'
import { BOARDS } from './boards.js'
import { DEVICES, install, refresh } from './devices.js'
import { startTokenEndpoint, tokens } from './token-endpoint.js'

/** Each of these means something to a shell, a form, a header, JSON, C or curl's config. */
const hostile = (start: string, letters = '') => `${start}+b/c%d:e ${letters} &=?#'"\\$\`!*~;<|>{}[]^@,()%2B\\n`
const [client_id, client_secret, refresh_token] = [hostile('id', 'é'), hostile('secret', 'é😀'), hostile('token')]

const decodeForm = (value: string) => new URLSearchParams(`v=${value}`).get('v')

for (const device of [...DEVICES, ...BOARDS]) {
  describeWith(device.missing, `${device.name}, with hostile credentials,`, () => {
    /** What arrives when the credentials are sent in this way. */
    async function sent(token_endpoint_auth_method: string) {
      const endpoint = await startTokenEndpoint(tokens({ refresh_token }))
      const secret = token_endpoint_auth_method === 'none' ? null : client_secret
      const fields = { client_id, client_secret: secret, refresh_token, token_endpoint_auth_method }
      const folder = await install(device, { token_endpoint: endpoint.url, ...fields })
      const { code, stderr } = await refresh(device, folder)
      await endpoint.close()
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(await device.stored(folder)).toBe(refresh_token)
      const { headers, body } = endpoint.received[0] ?? { headers: {}, body: new URLSearchParams() }
      const basic = headers.authorization?.match(/^Basic ([A-Za-z0-9+/]+=*)$/)?.[1]
      return {
        basic: basic === undefined ? null : Buffer.from(basic, 'base64').toString(),
        body: Object.fromEntries(body),
      }
    }
    const grant = { grant_type: 'refresh_token', refresh_token }

    it.concurrent('client_secret_basic: form-encoded, then base64', async () => {
      const { basic, body } = await sent('client_secret_basic')
      expect(basic).toMatch(/^[A-Za-z0-9%+*._~-]+:[A-Za-z0-9%+*._~-]+$/)
      expect(basic?.split(':').map(decodeForm)).toEqual([client_id, client_secret])
      expect(body).toEqual(grant)
    })

    it.concurrent('client_secret_basic_raw: base64 alone', async () => {
      const { basic, body } = await sent('client_secret_basic_raw')
      expect(basic).toBe(`${client_id}:${client_secret}`)
      expect(body).toEqual(grant)
    })

    it.concurrent('client_secret_post: in the body', async () => {
      const { basic, body } = await sent('client_secret_post')
      expect(basic).toBeNull()
      expect(body).toEqual({ ...grant, client_id, client_secret })
    })

    it.concurrent('none: the id in the body', async () => {
      const { basic, body } = await sent('none')
      expect(basic).toBeNull()
      expect(body).toEqual({ ...grant, client_id })
    })

    it.concurrent('client_secret_basic leaves an id and a secret as they are that need no encoding', async () => {
      const endpoint = await startTokenEndpoint(tokens())
      const plain = { client_id: 'my-device_1.x', client_secret: 'AZaz09-_.' }
      await refresh(device, await install(device, { token_endpoint: endpoint.url, ...plain }))
      await endpoint.close()
      expect(endpoint.received[0]?.headers.authorization).toBe(`Basic ${btoa('my-device_1.x:AZaz09-_.')}`)
    })
  })
}
