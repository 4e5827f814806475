import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { CLIENTS, KEYCLOAK_START, type Keycloak, startKeycloak } from '../support/keycloak.js'
import { describeWith, lacking } from '../support/tools.js'
import { DEVICES, install, refresh } from './devices.js'

/** The client's secret has an é, which Keycloak 16 reads as UTF-8 in the body, and in Basic as the server's own encoding. */
describeWith(lacking('java', 'jar', 'mvn'), 'At Keycloak 16', () => {
  let keycloak: Keycloak
  beforeAll(async () => {
    keycloak = await startKeycloak('16.1.1')
  }, KEYCLOAK_START)
  afterAll(async () => {
    await keycloak?.stop()
  })

  for (const device of DEVICES) {
    describeWith(device.missing, device.name, () => {
      it.each(['client_secret_post', 'client_secret_basic_raw'])('takes a secret with é by %s', async (method) => {
        const { clientId, secret } = CLIENTS.sensor
        expect(secret).toContain('é')
        const { refresh_token } = await keycloak.mint(CLIENTS.sensor)
        const folder = await install(device, {
          token_endpoint: keycloak.tokenEndpoint,
          client_id: clientId,
          client_secret: secret,
          refresh_token,
          token_endpoint_auth_method: method,
        })
        const { code, stdout, stderr } = await refresh(device, folder)
        expect([code, stderr]).toEqual([0, ''])
        expect(stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/)
      })
    })
  }
})
