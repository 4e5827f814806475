import { describe, expect, it } from '@jest/globals'
import { PROGRAMS, readProgram } from '../../server/device-config/programs.js'
import { REFUSALS } from '../../server/knowledge/refusals.js'
import { describeWith } from '../support/tools.js'
import { micropython, sketchWithNvs } from './boards.js'
import { DEVICES, install, refresh } from './devices.js'
import { oauthError, startTokenEndpoint } from './token-endpoint.js'

const BOARD = { BOARD_SPEED: '20' }
/** One device for each program. */
const devices = [...DEVICES.filter(({ name }) => !/bash|busybox/.test(name)), micropython, sketchWithNvs]

for (const device of devices) {
  describeWith(device.missing, `${device.name}, when the refresh token is refused`, () => {
    it.concurrent.each(REFUSALS)('takes $error $words as $fate, as the server does', async ({ fate, error, words }) => {
      const endpoint = await startTokenEndpoint(
        oauthError(400, error ?? 'invalid_request', words ? `About ${words}.` : ''),
      )
      const folder = await install(device, { token_endpoint: endpoint.url })
      const got = await refresh(device, folder, { env: BOARD })
      await endpoint.close()
      const says = { dead: /does not work any more/, refused: /refuses the refresh token for now/ }[fate]
      expect(got.stderr).toMatch(says)
      expect(got.code).toBe({ dead: 2, refused: 1 }[fate])
    })
  })
}

const ofServer = (part: (row: (typeof REFUSALS)[number]) => string | null) => [...new Set(REFUSALS.map(part))].sort()

describe('the table of refusals', () => {
  it.each(PROGRAMS)('in the text of $id has the codes of the server, and no others', async (program) => {
    const lines = (await readProgram(program)).split('\n')
    const codes = lines.find((line) => line.includes('bad_refresh_token'))?.match(/(?<=["'(|])[a-z]+_[a-z_]+/g) ?? []
    expect([...codes].sort()).toEqual(ofServer(({ error }) => error).filter(Boolean))
    const entra = lines
      .filter((line) => line.includes('AADSTS'))
      .flatMap((line) => line.match(/(?<!\d)\d{5}(?!\d)/g) ?? [])
    const known = ofServer(({ words }) => /AADSTS(\d+)/.exec(words ?? '')?.[1] ?? null)
    expect([...new Set(entra)].sort()).toEqual(known.filter(Boolean))
  })
})
