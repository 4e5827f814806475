import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt } from 'jose'
import { startApp } from '../support/app.js'
import { Browserless, type Page } from '../support/browserless-sign-in.js'
import { type CommandOptions, runCommand, startCommand } from '../support/command.js'
import { json, startFaultyProvider } from '../support/faulty-provider.js'

let env: Record<string, string>
let now = 0
beforeAll(async () => {
  const app = await startApp({}, { now: () => Date.now() + now })
  env = { PORT: String(app.port) }
})

const COMPLETE = /^ {2}(http:\S+user_code=(\S+))\s*$/m

const mintByDevice = (args: string[] = [], options: CommandOptions = {}) =>
  startCommand(['mint', '--device', ...args], { env, ...options })

/** Signs in with the code, and answers the question. */
async function answer(address: string, choice: 'accept' | 'cancel', username = 'demo'): Promise<Page> {
  const browser = new Browserless('http://nowhere.example')
  const page = await browser.open(address)
  const question = await browser.submit(page, { username, password: 'demo' })
  return browser.submit(question, { [choice]: 'Yes' })
}

describe('mint --device', () => {
  it('prints the code and what it is worth, waits for the person, and prints the tested token', async () => {
    const command = mintByDevice()
    const [, address = '', code = ''] = await command.until(COMPLETE)
    expect(command.err()).toContain('Only for the person who started this: the code gives this terminal your token.')
    expect(command.err()).toContain(`\n  ${code}\n`)
    await answer(address, 'accept')
    expect(await command.code).toBe(0)
    const { refresh_token, verdict } = JSON.parse(command.out())
    expect([decodeJwt(refresh_token).typ, verdict]).toEqual(['Offline', 'reusable'])
  })

  it('ends with 1 when the person said no', async () => {
    const command = mintByDevice()
    const [, address = ''] = await command.until(COMPLETE)
    await answer(address, 'cancel')
    expect({ code: await command.code, out: command.out() }).toEqual({ code: 1, out: '' })
    expect(command.err()).toContain('You cancelled')
  })

  it('ends with 1 when the code has expired', async () => {
    const command = mintByDevice()
    await command.until(COMPLETE)
    now += 700_000
    expect({ code: await command.code, out: command.out() }).toEqual({ code: 1, out: '' })
    expect(command.err()).toContain('The code expired')
  })

  it('ends at once when it is interrupted', async () => {
    const command = mintByDevice()
    await command.until(COMPLETE)
    command.kill('SIGINT')
    expect({ code: await command.code, out: command.out() }).toEqual({ code: 130, out: '' })
  })
})

describe('mint --device at a provider that', () => {
  const started = { device_code: 'd', user_code: 'WDJB-MJHT', verification_uri: 'https://example.org/device' }

  async function provider(device: Record<string, unknown>, answers: Record<string, unknown>[] = []) {
    const faulty = await startFaultyProvider()
    const asked: { at: number; form: URLSearchParams }[] = []
    faulty.at('/device', (response, { form }) => {
      asked.push({ at: performance.now(), form })
      json(response, 200, device)
    })
    faulty.at('/token', (response, { form }) => {
      if (form.get('grant_type') === 'refresh_token') return json(response, 400, { error: 'invalid_grant' })
      asked.push({ at: performance.now(), form })
      const answer = answers.shift() ?? { access_token: 'a', token_type: 'Bearer', refresh_token: 'r' }
      json(response, 'error' in answer ? 400 : 200, answer)
    })
    const endpoint = `${faulty.issuer}/device`
    return { asked, env: { ...faulty.env, OAUTH2_DEVICE_AUTHORIZATION_ENDPOINT: endpoint } }
  }

  it('says slow_down: asks five seconds later from then on, with the PKCE verifier of its challenge', async () => {
    const { asked, env } = await provider({ ...started, interval: 1 }, [{ error: 'slow_down' }])
    const command = mintByDevice(['--no-test', '--format', 'token'], { env })
    expect({ code: await command.code, out: command.out() }).toEqual({ code: 0, out: 'r\n' })
    const [device, first, second] = asked
    expect((first?.at ?? 0) - (device?.at ?? 0)).toBeGreaterThan(900)
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(5_900)
    expect(device?.form.get('code_challenge_method')).toBe('S256')
    const verifier = second?.form.get('code_verifier') ?? ''
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(device?.form.get('code_challenge'))
  })

  it('refuses PKCE: OAUTH2_PKCE=off sends none', async () => {
    const { asked, env } = await provider({ ...started, interval: 1 })
    const command = mintByDevice(['--no-test'], { env: { ...env, OAUTH2_PKCE: 'off' } })
    expect(await command.code).toBe(0)
    expect(asked.some(({ form }) => form.has('code_challenge') || form.has('code_verifier'))).toBe(false)
  })

  it('writes verification_url, as Google does, with control characters in the code', async () => {
    const { verification_uri, ...rest } = started
    const { env } = await provider({
      ...rest,
      user_code: 'AB\u001b[31mCD',
      verification_url: verification_uri,
      interval: 1,
    })
    const command = mintByDevice(['--no-test'], { env })
    expect(await command.code).toBe(0)
    expect(command.err()).toContain('https://example.org/device')
    expect(command.err()).not.toContain('\u001b')
  })

  it('sends people to plain http: refuses, with 1', async () => {
    const { env } = await provider({ ...started, verification_uri: 'http://example.org/device' })
    const { code, err } = await runCommand(['mint', '--device'], { env })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('which is not https') })
  })

  it('forgets the code: ends with 1', async () => {
    const { env } = await provider({ ...started, interval: 1 }, [{ error: 'invalid_grant' }])
    const command = mintByDevice([], { env })
    expect({ code: await command.code, out: command.out() }).toEqual({ code: 1, out: '' })
  })

  it('has no device grant: names the setting, with 1', async () => {
    const faulty = await startFaultyProvider()
    const { code, err } = await runCommand(['mint', '--device'], { env: faulty.env })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('OAUTH2_DEVICE_AUTHORIZATION_ENDPOINT') })
  })
})
