import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { DeviceConfigFields } from '../../server/device-config/fields.js'
import { CLIENTS, KEYCLOAK_START, type Keycloak, startKeycloak } from '../support/keycloak.js'
import { describeWith, lacking } from '../support/tools.js'
import { pause } from '../support/wait.js'
import { BOARDS } from './boards.js'
import { DEVICES, type Device, install, leftovers, refresh, start } from './devices.js'

/** Keycloak counts in whole seconds: a token sent again sooner is not noticed. */
const NOTICED = 1100

describeWith(lacking('java', 'jar', 'mvn'), 'At a real Keycloak', () => {
  let reusable: Keycloak
  let oneTime: Keycloak
  beforeAll(async () => {
    reusable = await startKeycloak('26.7.2')
    oneTime = await startKeycloak('26.7.2', { realm: { revokeRefreshToken: true, refreshTokenMaxReuse: 0 } })
  }, KEYCLOAK_START)
  afterAll(async () => {
    await reusable?.stop()
    await oneTime?.stop()
  })

  for (const device of [...DEVICES, ...BOARDS]) {
    describeWith(device.missing, device.name, () => {
      /** A device that was handed a new offline token. */
      async function mintFor(keycloak: Keycloak, fields: Partial<DeviceConfigFields> = {}) {
        const client = Object.values(CLIENTS).find(({ clientId }) => clientId === fields.client_id) ?? CLIENTS.sensor
        const { refresh_token } = await keycloak.mint(client)
        const known = { client_id: client.clientId, client_secret: client.secret }
        const token_endpoint = keycloak.tokenEndpoint
        const folder = await install(device, { token_endpoint, refresh_token, ...known, ...fields })
        return { folder, refresh_token }
      }

      const succeeds = { code: 0, stdout: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/), stderr: '' }

      it('keeps one reusable token for ever', async () => {
        const { folder, refresh_token } = await mintFor(reusable, { refresh_token_usage: 'keep' })
        expect(await refresh(device, folder)).toEqual(succeeds)
        await pause(NOTICED)
        expect(await refresh(device, folder)).toEqual(succeeds)
        expect(await device.stored(folder)).toBe(refresh_token)
      })

      it('lives on one-time tokens, run after run', async () => {
        const { folder, refresh_token } = await mintFor(oneTime)
        const seen = [refresh_token]
        for (const _ of [1, 2, 3]) {
          expect(await refresh(device, folder)).toEqual(succeeds)
          seen.push(await device.stored(folder))
        }
        expect(new Set(seen).size).toBe(4)
        expect(await leftovers(device, folder)).toEqual([])
      })

      it('is told to mint again when a one-time token was kept', async () => {
        const { folder } = await mintFor(oneTime, { refresh_token_usage: 'keep' })
        expect(await refresh(device, folder)).toEqual(succeeds)
        await pause(NOTICED)
        const got = await refresh(device, folder)
        expect(got).toMatchObject({ code: 2, stdout: '' })
        expect(got.stderr).toMatch(/invalid_grant: Maximum allowed refresh token reuse exceeded\)\. Mint a new one/)
      })

      it.each([
        ['client_secret_post', {}],
        ['client_secret_basic_raw', { client_id: CLIENTS.plain.clientId }],
        ['none', { client_id: CLIENTS.public.clientId }],
      ])('sends the credentials by %s', async (token_endpoint_auth_method, fields) => {
        const { folder } = await mintFor(reusable, { token_endpoint_auth_method, ...fields })
        expect(await refresh(device, folder)).toEqual(succeeds)
      })

      it('is told to check the credentials when the secret is wrong, and uses up nothing', async () => {
        const { folder, refresh_token } = await mintFor(oneTime, { client_secret: 'wrong' })
        const got = await refresh(device, folder)
        expect(got).toMatchObject({ code: 1, stdout: '' })
        expect(got.stderr).toMatch(/refused the client's credentials \(unauthorized_client/)
        expect(await device.stored(folder)).toBe(refresh_token)
      })

      if (device.process) runsAsProcess(device, mintFor, succeeds)
    })
  }

  function runsAsProcess(
    device: Device,
    mintFor: (keycloak: Keycloak) => Promise<{ folder: string; refresh_token: string }>,
    succeeds: object,
  ) {
    it('shares a one-time token between two runs at once', async () => {
      const { folder } = await mintFor(oneTime)
      expect(await Promise.all([refresh(device, folder), refresh(device, folder)])).toEqual([succeeds, succeeds])
    })

    it('has a whole config after being killed, and lives on where the new token was saved', async () => {
      await Promise.all([40, 80, 120, 160, 240, 320].map(killedAfter))
    }, 180_000)

    async function killedAfter(delay: number) {
      const { folder, refresh_token } = await mintFor(oneTime)
      const running = start(device, folder)
      await pause(delay)
      running.process.kill('SIGKILL')
      const { stdout } = await running.done
      const stored = await device.stored(folder)
      expect(stored).toMatch(/^eyJ/)
      if (stdout !== '') expect(stored).not.toBe(refresh_token)
      await pause(NOTICED)
      const next = await refresh(device, folder)
      // the old token may have been used up, its answer lost
      if (stored === refresh_token) expect([0, 2]).toContain(next.code)
      else expect(next).toEqual(succeeds)
    }
  }
})
