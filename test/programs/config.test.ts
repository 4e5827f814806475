import { chmod, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, it } from '@jest/globals'
import type { DeviceConfigFields } from '../../server/device-config/fields.js'
import { describeWith } from '../support/tools.js'
import { micropython } from './boards.js'
import { about, configOf, DEVICES, install, refresh } from './devices.js'
import { startTokenEndpoint, tokens } from './token-endpoint.js'

for (const device of [...DEVICES, micropython]) {
  const { format } = about(device)

  describeWith(device.missing, `${device.name}, with a config that`, () => {
    /** Nothing is sent, and the message says this. */
    async function expectRefused(folder: string, message: RegExp) {
      const got = await refresh(device, folder)
      expect(got.stderr).toMatch(message)
      expect(got).toMatchObject({ code: 1, stdout: '' })
      expect(got.stderr).not.toMatch(/Traceback|at file:|initial-refresh-token|sensor-secret/)
    }

    /** The config's text, changed by hand. */
    async function edited(change: (text: string) => string, fields: Partial<DeviceConfigFields> = {}) {
      const folder = await install(device, fields)
      const file = configOf(device, folder)
      await writeFile(file, change(await readFile(file, 'utf8')))
      return folder
    }

    it.concurrent.each([
      [
        'still holds <CLIENT_SECRET>',
        { client_secret: '<CLIENT_SECRET>' },
        /still is <CLIENT_SECRET>: write the client's secret/,
      ],
      [
        'has no secret where the method needs one',
        { client_secret: null },
        /lacks (OAUTH2_CLIENT_SECRET|client_secret)/,
      ],
      [
        'names a method that nobody knows',
        { token_endpoint_auth_method: 'private_key_jwt' },
        /must be( one of)? client_secret_basic, client_secret_basic_raw/,
      ],
      ['has no endpoint', { token_endpoint: '' }, /lacks (OAUTH2_TOKEN_ENDPOINT|token_endpoint)/],
      ['has no client id', { client_id: '' }, /lacks (OAUTH2_CLIENT_ID|client_id)/],
      ['has no refresh token', { refresh_token: '' }, /lacks (OAUTH2_REFRESH_TOKEN|refresh_token)/],
      [
        'has an endpoint of another scheme',
        { token_endpoint: 'ftp://127.0.0.1/token' },
        /must be(gin with| a URL that begins with) https:\/\//,
      ],
    ] as [string, Partial<DeviceConfigFields>, RegExp][])('%s, says what to write', async (_, fields, message) => {
      await expectRefused(await install(device, fields), message)
    })

    it.concurrent('is missing, says where it comes from', async () => {
      const folder = await install(device, {})
      await rm(configOf(device, folder))
      await expectRefused(folder, new RegExp(`${format.file} is not there`))
    })

    it.concurrent('is broken in the middle, says to download it again', async () => {
      await expectRefused(await edited((text) => `${text.slice(0, -60)}'`), /download it again/)
    })

    it.concurrent('has no method and no usage, takes what is safe', async () => {
      const endpoint = await startTokenEndpoint(tokens({ refresh_token: 'second' }))
      const gone = /^.*(auth_method|refresh_token_usage).*\n/gim
      const comma = /,(\s*})/
      const folder = await edited((text) => text.replace(gone, '').replace(comma, '$1'), {
        token_endpoint: endpoint.url,
      })
      const got = await refresh(device, folder)
      await endpoint.close()
      expect(got).toMatchObject({ code: 0, stdout: 'access-1\n' })
      expect(endpoint.received[0]?.headers.authorization).toBe(`Basic ${btoa('sensor:sensor-secret')}`)
      expect(await device.stored(folder)).toBe('second')
    })

    if (device.process) {
      it.concurrent('everybody can read, warns', async () => {
        const endpoint = await startTokenEndpoint(tokens())
        const folder = await install(device, { token_endpoint: endpoint.url })
        await chmod(configOf(device, folder), 0o644)
        const got = await refresh(device, folder)
        await endpoint.close()
        expect(got).toMatchObject({ code: 0, stdout: 'access-1\n' })
        expect(got.stderr).toMatch(/warning: every user of this machine can read .*: chmod 600/)
      })

      it.concurrent('nobody but its owner can read, says so', async () => {
        const folder = await install(device, {})
        await chmod(folder, 0o755)
        const got = await refresh(device, folder, process.getuid?.() === 0 ? { uid: 65534 } : {})
        expect(got).toMatchObject({ code: process.getuid?.() === 0 ? 1 : 3, stdout: '' })
        if (got.code === 1) expect(got.stderr).toMatch(/can't be read.*: run as its owner, or chown it/)
      })

      it.concurrent('lies elsewhere, is found by its name and through a link, and the link stays', async () => {
        const endpoint = await startTokenEndpoint(tokens({ refresh_token: 'second' }))
        const folder = await install(device, { token_endpoint: endpoint.url })
        const away = join(folder, 'with space')
        await mkdir(away)
        await rename(configOf(device, folder), join(away, format.file))
        await symlink(join(basename(away), format.file), join(folder, 'link'))
        const got = await refresh(device, folder, { args: ['link'] })
        await endpoint.close()
        expect(got).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '' })
        expect(await device.stored(away)).toBe('second')
        expect(await readFile(join(folder, 'link'), 'utf8')).toContain('second')
      })
    }

    if (format.id === 'sh') {
      it.concurrent('was edited on Windows, says how to mend it', async () => {
        await expectRefused(await edited((text) => text.replaceAll('\n', '\r\n')), /edited on Windows: sed -i/)
      })

      it.concurrent('is spelt in other ways, changes the token alone', async () => {
        const endpoint = await startTokenEndpoint(tokens({ refresh_token: "se'cond" }))
        const text = [
          '# my device',
          `OAUTH2_TOKEN_ENDPOINT="${endpoint.url}"`,
          'export OAUTH2_CLIENT_ID=sensor OAUTH2_CLIENT_SECRET=a\\ b',
          '  export   OAUTH2_REFRESH_TOKEN="initial" # mine',
          'OTHER="left \\"as\\" it is"',
        ].join('\n')
        const folder = await edited(() => text)
        expect(await refresh(device, folder)).toMatchObject({ code: 0, stdout: 'access-1\n', stderr: '' })
        await endpoint.close()
        const after = await readFile(configOf(device, folder), 'utf8')
        expect(after).toBe(`${text.replace('"initial"', `"se'cond"`)}\n`)
      })

      it.concurrent.each([
        [
          'in the middle of a line',
          (text: string) => text.replace('export OAUTH2_REFRESH', 'export X=1 OAUTH2_REFRESH'),
        ],
        ['twice', (text: string) => `${text}export X=1 OAUTH2_REFRESH_TOKEN=initial-refresh-token\n`],
      ])('sets the token %s, says so before it sends anything', async (_, change) => {
        const endpoint = await startTokenEndpoint(tokens({ refresh_token: 'second' }))
        await expectRefused(await edited(change, { token_endpoint: endpoint.url }), /give it a line of its own/)
        await endpoint.close()
        expect(endpoint.received).toEqual([])
      })
    }
  })
}
