import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { describeWith, lacking } from '../support/tools.js'
import { DEVICES, type Device, install, refresh } from './devices.js'
import { oneTime, startTokenEndpoint } from './token-endpoint.js'

/** Android's shell is mksh, macOS's and the BSDs' awk is original-awk, Raspberry Pi OS's is mawk. */
const SHELLS = ['dash', 'bash', 'mksh', 'ksh93', 'yash', 'busybox sh']
const AWKS = ['mawk', 'gawk', 'original-awk', 'busybox awk']

const commands = [...SHELLS, ...AWKS].map((command) => command.split(' ')[0] as string)
const dash = DEVICES.find(({ name }) => name.endsWith('in dash')) as Device

describeWith(lacking(...commands, 'curl'), 'refresh.sh', () => {
  const pairs = SHELLS.flatMap((shell) => AWKS.map((awk) => [shell, awk] as const))

  it.concurrent.each(pairs)('is the same program to %s with %s', async (shell, awk) => {
    const endpoint = await startTokenEndpoint(oneTime(`it's "one" + 100% \\time`, 200))
    const fields = { refresh_token: `it's "one" + 100% \\time`, client_secret: `&a=b; $HOME` }
    const folder = await install(dash, { token_endpoint: endpoint.url, ...fields })
    await mkdir(join(folder, 'bin'))
    await writeFile(join(folder, 'bin/awk'), `#!/bin/sh\nexec ${awk} "$@"\n`)
    await chmod(join(folder, 'bin/awk'), 0o755)
    const device = { ...dash, command: [...shell.split(' '), 'refresh.sh'] }
    const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}` }
    const both = await Promise.all([refresh(device, folder, { env }), refresh(device, folder, { env })])
    await endpoint.close()
    expect(both.map(({ stderr }) => stderr).join('')).toBe('')
    expect(both.map(({ stdout }) => stdout).sort()).toEqual(['access-1\n', 'access-2\n'])
    expect(await dash.stored(folder)).toBe(`it's "one" + 100% \\time-2`)
    const authorization = endpoint.received[0]?.headers.authorization?.replace('Basic ', '') ?? ''
    expect(atob(authorization)).toBe('sensor:%26a%3Db%3B+%24HOME')
  })
})
