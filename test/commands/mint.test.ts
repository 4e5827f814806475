import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt } from 'jose'
import { type RunningApp, startApp } from '../support/app.js'
import { browserlessSignIn } from '../support/browserless-sign-in.js'
import { type CommandOptions, MAIN, runCommand, startCommand, temporaryFolder } from '../support/command.js'
import { startFaultyProvider } from '../support/faulty-provider.js'
import { freePort } from '../support/free-port.js'
import { describeWith, lacking } from '../support/tools.js'

let app: RunningApp
/** The site that runs: its demo provider is used, and its port is taken. */
let env: Record<string, string>
beforeAll(async () => {
  app = await startApp()
  env = { PORT: String(app.port) }
})

const AUTHORIZATION_URL = /^ {2}(http:\S+\?\S+)\s*$/m

function mint(args: string[] = [], options: CommandOptions = {}) {
  return startCommand(['mint', ...args], { env, ...options })
}

/** Another provider, which signs in at once, and a port that is free for the command's own callback. */
async function withOwnCallback() {
  const provider = await startFaultyProvider()
  const command = mint(['--no-test'], { env: { ...provider.env, PORT: String(await freePort()) } })
  const [, url = ''] = await command.until(AUTHORIZATION_URL)
  const { headers } = await fetch(url, { redirect: 'manual' })
  return { command, address: headers.get('location') ?? '' }
}

/** Signs in at the address that the command printed; the address where the browser ended. */
async function signInAt(authorizationUrl: string, username = 'demo'): Promise<string> {
  const redirectUri = new URL(authorizationUrl).searchParams.get('redirect_uri') ?? ''
  const back = await browserlessSignIn({ authorizationUrl, username, password: 'demo', redirectUri })
  return String(back)
}

/** Begins, signs in and pastes the address. */
async function mintAndPaste(args: string[] = [], options: CommandOptions & { username?: string } = {}) {
  const command = mint(args, options)
  const [, url = ''] = await command.until(AUTHORIZATION_URL)
  command.write(`${await signInAt(url, options.username)}\n`)
  const code = await command.code
  return { code, out: command.out(), err: command.err() }
}

describe('mint', () => {
  it('takes the pasted address, tests the token, and prints the token answer alone', async () => {
    const { code, out, err } = await mintAndPaste(['--label', 'greenhouse 3'])
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('Reusable.') })
    const answer = JSON.parse(out)
    expect(answer).toMatchObject({ id: null, label: 'greenhouse 3', token_type: 'Bearer', verdict: 'reusable' })
    expect(decodeJwt(answer.refresh_token)).toMatchObject({ typ: 'Offline', azp: 'sensor' })
    expect(err).toContain('good for about a minute')
    expect(err).not.toContain(answer.refresh_token)
  })

  it('is named on the page of the site at which the browser ends', async () => {
    const command = mint(['--no-test'])
    const [, url = ''] = await command.until(AUTHORIZATION_URL)
    const address = await signInAt(url)
    const page = await fetch(address, { headers: { accept: 'text/html' } })
    const text = (await page.text()).replaceAll('&#39;', "'")
    expect({ status: page.status, text }).toEqual({
      status: 403,
      text: expect.stringContaining("Started it in a terminal? Copy this page's address there."),
    })
    expect(text).toContain("Did someone ask you for it? Don't send it: it gives them your token.")
    command.write(`${address}\n`)
    expect(await command.code).toBe(0)
  })

  it('continues by itself where the browser runs on this machine', async () => {
    const { command, address } = await withOwnCallback()
    const page = await fetch(address)
    expect({ status: page.status, text: await page.text() }).toEqual({
      status: 200,
      text: expect.stringContaining('You are signed in'),
    })
    expect(await command.code).toBe(0)
    expect(JSON.parse(command.out()).refresh_token).toEqual(expect.any(String))
  })

  it('gives a browser with another state nothing, and goes on waiting', async () => {
    const { command, address } = await withOwnCallback()
    const other = await fetch(address.replace(/state=[^&]+/, 'state=another'))
    expect({ status: other.status, text: await other.text() }).toEqual({
      status: 403,
      text: expect.stringContaining('start here'),
    })
    command.write(`${address}\n`)
    expect(await command.code).toBe(0)
  })

  it('tells the browser that came back without a code, and goes on waiting', async () => {
    const { command, address } = await withOwnCallback()
    const page = await fetch(address.replace(/code=[^&]+/, ''))
    expect({ status: page.status, text: await page.text() }).toEqual({
      status: 400,
      text: expect.stringContaining('no code'),
    })
    expect((await fetch(address)).status).toBe(200)
    expect(await command.code).toBe(0)
  })

  it('asks again for an address of another sign-in, without a code, cut off, or none at all', async () => {
    const command = mint(['--no-test', '--format', 'token'])
    const [, url = ''] = await command.until(AUTHORIZATION_URL)
    const address = await signInAt(url)
    const state = new URL(address).searchParams.get('state') ?? ''
    for (const [pasted, says] of [
      [address.replace(/state=[^&]+/, 'state=another'), /belongs to another sign-in/],
      [address.replace(state, state.slice(0, 5)), /cut off/],
      [address.replace(/code=[^&]+/, ''), /no code/],
      [address.replace(/state=[^&]+&?/, ''), /cut off/],
      [`${address}&code=second`, /more than once/],
      [url, /where the sign-in starts/],
      ['hello', /not the right address/],
    ] as const) {
      const from = command.err().length
      command.write(`${pasted}\n`)
      await command.until(says, from)
    }
    command.write(`  "${address}"  \r\n`)
    expect(await command.code).toBe(0)
    expect(decodeJwt(command.out().trim())).toMatchObject({ typ: 'Offline' })
  })

  it('asks for another sign-in when the code was used before, and knows the old address then', async () => {
    const command = mint(['--no-test'])
    const [, url = ''] = await command.until(AUTHORIZATION_URL)
    const address = await signInAt(url)
    const from = command.err().length
    command.write(`${address.replace(/code=[^&]+/, 'code=used-or-too-late')}\n`)
    const [, second = ''] = await command.until(AUTHORIZATION_URL, from)
    expect(command.err().slice(from)).toContain('good for about a minute')
    const later = command.err().length
    command.write(`${address}\n`)
    await command.until(/pasted that address before/, later)
    command.write(`${await signInAt(second)}\n`)
    expect(await command.code).toBe(0)
  })

  it('ends with 1 when the person said no, and says so', async () => {
    const command = mint()
    const [, url = ''] = await command.until(AUTHORIZATION_URL)
    const state = new URL(url).searchParams.get('state')
    const iss = encodeURIComponent(`${app.url}/realms/organicity`)
    command.write(`http://x/?error=access_denied&error_description=No%1b[31m&state=${state}&iss=${iss}\n`)
    expect(await command.code).toBe(1)
    expect(command.err()).toContain('You cancelled, or the provider denied access.')
    expect(command.err()).not.toContain('\u001b')
    expect(command.out()).toBe('')
  })

  it('ends with 1 when the user may have no offline token, and names the role', async () => {
    const { code, out, err } = await mintAndPaste([], { username: 'no-offline' })
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('offline_access')
  })

  it('ends with 1 at the end of its input', async () => {
    const { code, out, err } = await runCommand(['mint'], { env })
    expect({ code, out, err }).toEqual({ code: 1, out: '', err: expect.stringContaining('The input ended') })
  })

  it('ends with 1 where no site runs, and says what to start', async () => {
    const { code, err } = await runCommand(['mint'], { env: { PORT: String(await freePort()) } })
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining(`start node ${MAIN} in another terminal first`),
    })
  })

  it('prints a device config with the client secret, unless that is not wanted', async () => {
    const config = await mintAndPaste(['--format', 'json'])
    expect(JSON.parse(config.out)).toMatchObject({ client_id: 'sensor', client_secret: 'sensor-secret' })
    const without = await mintAndPaste(['--format', 'json'], { env: { ...env, SHOW_CLIENT_SECRET: 'false' } })
    expect(JSON.parse(without.out).client_secret).toBe('<CLIENT_SECRET>')
  })
})

describe('mint --output', () => {
  it('writes the file for this user alone, and prints nothing on standard output', async () => {
    const cwd = temporaryFolder()
    const { code, out, err } = await mintAndPaste(['--output', 'token.json', '--no-test'], { cwd })
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: expect.stringContaining('Written to token.json') })
    const file = join(cwd, 'token.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8')).refresh_token).toMatch(/^ey/)
  })

  it('refuses a file that exists before anyone signs in, and replaces it with --force', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'here'), 'mine')
    const { code, err } = await runCommand(['mint', '--output', 'here'], { env, cwd })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('exists already') })
    const forced = mint(['--output', 'here', '--force', '--no-test', '--format', 'token'], { cwd })
    const [, url = ''] = await forced.until(AUTHORIZATION_URL)
    expect(readFileSync(join(cwd, 'here'), 'utf8')).toBe('mine')
    forced.write(`${await signInAt(url)}\n`)
    expect(await forced.code).toBe(0)
    expect(readFileSync(join(cwd, 'here'), 'utf8')).toMatch(/^ey/)
  })

  it('refuses a folder that does not exist before anyone signs in', async () => {
    const { code, err } = await runCommand(['mint', '--output', 'no/such/file'], { env })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("no/such/file can't be written (ENOENT)") })
    expect(err).not.toContain('Open this address')
  })

  it('leaves no file behind when the sign-in fails or is interrupted', async () => {
    const cwd = temporaryFolder()
    expect((await runCommand(['mint', '--output', 'x'], { env, cwd })).code).toBe(1)
    const command = mint(['--output', 'y'], { cwd })
    await command.until(AUTHORIZATION_URL)
    command.kill('SIGINT')
    expect(await command.code).toBe(130)
    expect([existsSync(join(cwd, 'x')), existsSync(join(cwd, 'y'))]).toEqual([false, false])
  })
})

describe('mint, whose standard output', () => {
  it('is full: prints the result on standard error, and ends with 1', async () => {
    const { code, err } = await mintAndPaste(['--no-test'], { redirect: '> /dev/full' })
    expect(code).toBe(1)
    expect(err).toContain('Standard output is closed or full')
    expect(err).toMatch(/"refresh_token": "ey/)
  })

  it('was never open: prints the result on standard error, and ends with 1', async () => {
    const { code, err } = await mintAndPaste(['--no-test'], { redirect: '>&-' })
    expect([code, /"refresh_token": "ey/.test(err)]).toEqual([1, true])
  })

  it('is thrown away: keeps the token out of standard error', async () => {
    const { code, err } = await mintAndPaste(['--no-test'], { redirect: '> /dev/null' })
    expect([code, /"refresh_token"/.test(err)]).toEqual([0, false])
  })

  it('is closed: prints the result on standard error, and ends with 1', async () => {
    const command = mint(['--no-test'])
    const [, url = ''] = await command.until(AUTHORIZATION_URL)
    command.child.stdout.destroy()
    command.write(`${await signInAt(url)}\n`)
    expect(await command.code).toBe(1)
    expect(command.err()).toMatch(/"refresh_token": "ey/)
  })
})

describe('mint, interrupted', () => {
  it('makes no token while it waits', async () => {
    const command = mint()
    await command.until(AUTHORIZATION_URL)
    command.kill('SIGINT')
    expect({ code: await command.code, out: command.out() }).toEqual({ code: 130, out: '' })
    expect(command.err()).toContain('You have no token')
  })

  it('finishes the refresh under way, and prints the token that it brought', async () => {
    const provider = await startFaultyProvider()
    provider.rotates = true
    let answer = () => {}
    const asked = new Promise<void>((resolve) => {
      provider.at('/token', (response, received) => {
        const send = () => provider.sound['/token']?.(response, received)
        if (!provider.isLive(received.form.get('refresh_token'))) return send()
        answer = send
        resolve()
      })
    })
    const command = mint([], { env: { ...provider.env, PORT: String(await freePort()) } })
    const [, url = ''] = await command.until(AUTHORIZATION_URL)
    command.write(`${(await fetch(url, { redirect: 'manual' })).headers.get('location')}\n`)
    await asked
    command.kill('SIGINT')
    await command.until(/Press Ctrl\+C again/)
    answer()
    expect(await command.code).toBe(130)
    const { refresh_token, verdict } = JSON.parse(command.out())
    expect([verdict, provider.isLive(refresh_token)]).toEqual([null, true])
  })
})

describeWith(lacking('python3'), 'mint in a terminal', () => {
  it('takes an address that is longer than a line of the terminal', async () => {
    const command = mint(['--no-test', '--format', 'token'], { terminal: true })
    const [, url = ''] = await command.until(/^ {2}(http:\S+\?\S+?)\s*$/m)
    command.write(`${await signInAt(url)}&more=${'x'.repeat(6_000)}\r`)
    expect(await command.code).toBe(0)
    expect(command.out()).toMatch(/^ey[\w-]+\.[\w-]+\.[\w-]+\r?$/m)
  })

  it.each([
    ['Ctrl+C', '\u0003', 130],
    ['Ctrl+D', '\u0004', 1],
  ])('ends with %s while it waits', async (_name, key, code) => {
    const command = mint([], { terminal: true })
    await command.until(/Address: /)
    command.write(key)
    expect(await command.code).toBe(code)
    expect(command.out()).toContain('you have no token'.slice(1))
  })
})
