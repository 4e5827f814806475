import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { closeLater } from '../support/closing.js'
import { runCommand, startCommand, temporaryFolder } from '../support/command.js'
import { freePort } from '../support/free-port.js'
import { describeWith, lacking } from '../support/tools.js'
import { until } from '../support/wait.js'

describeWith(lacking('python3'), 'the site in a terminal', () => {
  it('says its version and how long it took, in bold, and quits with q', async () => {
    const command = startCommand([], { env: { PORT: String(await freePort()), TERM: 'xterm' }, terminal: true })
    const [, seconds] = await command.until(/\[1mOffline Token Mint \d+\.\d+\.\d+ is ready after ([\d.]+) s/)
    expect(Number(seconds)).toBeGreaterThan(0)
    await command.until(/Keys +o opens the browser, q quits[\s\S]*Settings/)
    command.write('q')
    expect(await command.code).toBe(0)
    expect(command.out()).not.toMatch(/^\{/m)
  })

  it('ends with Ctrl+C as before, and uses no colours with NO_COLOR', async () => {
    const env = { PORT: String(await freePort()), TERM: 'xterm', NO_COLOR: '1' }
    const command = startCommand([], { env, terminal: true })
    await command.until(/is ready[\s\S]*Settings/)
    command.write('\u0003')
    expect(await command.code).toBe(0)
    expect(command.out()).not.toContain('\u001b[1m')
  })

  it('writes log lines that people read, and only when something is wrong', async () => {
    const port = String(await freePort())
    const command = startCommand([], { env: { PORT: port, LOG_LEVEL: 'info' }, terminal: true })
    await command.until(/is ready[\s\S]*Settings/)
    await fetch(`http://localhost:${port}/nowhere`)
    await command.until(/^\d\d:\d\d:\d\d info {2}.* {2}status=404/m)
  })

  it('opens the browser with o, and with --open', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\necho "$1" >> ${folder}/opened\n`, { mode: 0o755 })
    const port = String(await freePort())
    const env = { PORT: port, PATH: `${folder}:${process.env.PATH}` }
    const command = startCommand(['--open'], { env, terminal: true })
    await command.until(/is ready[\s\S]*Settings/)
    const opened = () => existsSync(join(folder, 'opened')) && readFileSync(join(folder, 'opened'), 'utf8')
    await until('the browser opens', () => opened() === `http://localhost:${port}\n`)
    command.write('o')
    await until('it opens again', () => opened() === `http://localhost:${port}\n`.repeat(2))
  })

  it('takes the next port that is free on both addresses, where PORT, HOST and BASE_URL are unset', async () => {
    const taken = createServer()
    closeLater(() => new Promise((resolve) => taken.close(resolve)))
    const mine = await new Promise<boolean>((resolve) => {
      taken.once('error', () => resolve(false))
      taken.listen(3000, '::1', () => resolve(true))
    })
    const command = startCommand([], { terminal: true })
    const [, port] = await command.until(/Port +(\d+), because 3000 is taken/)
    expect(Number(port)).toBeGreaterThan(3000)
    await command.until(/Settings/)
    expect((await fetch(`http://localhost:${port}/healthz`)).status).toBe(200)
    expect(mine || port).toBeTruthy()
  })

  it('ends with 1 and names the cure where PORT is set', async () => {
    const taken = createServer()
    closeLater(() => new Promise((resolve) => taken.close(resolve)))
    const port = await freePort()
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve))
    const command = startCommand([], { env: { PORT: String(port) }, terminal: true })
    expect(await command.code).toBe(1)
    expect(command.out()).toContain('set PORT to another port')
    const other = await runCommand(['--port', String(port)])
    expect([other.code, other.err.includes('set PORT to another port')]).toEqual([1, true])
  })
})
