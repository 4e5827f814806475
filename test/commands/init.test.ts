import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { loadConfig } from '../../server/config/config.js'
import { MAIN, runCommand, startCommand, temporaryFolder } from '../support/command.js'
import { startFaultyProvider } from '../support/faulty-provider.js'
import { freePort } from '../support/free-port.js'
import { describeWith, lacking } from '../support/tools.js'

const env = async () => ({ PORT: String(await freePort()) })

describe('init', () => {
  it('writes .env for this user alone, checks the set-up, and prints the callback URL', async () => {
    const provider = await startFaultyProvider()
    const cwd = temporaryFolder()
    const settings = await env()
    const input = `${provider.issuer}\n${provider.clientId}\n${provider.clientSecret}\n`
    const { code, out } = await runCommand(['init'], { env: settings, cwd, input })
    const path = join(cwd, '.env')
    const { oauth2 } = loadConfig({}, { dotenv: { path, text: readFileSync(path, 'utf8') } })
    expect(oauth2).toMatchObject({
      issuer: provider.issuer,
      clientId: provider.clientId,
      clientSecret: provider.clientSecret,
    })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(out).toMatch(/pass +The provider's addresses/)
    expect(out).toContain(`http://localhost:${settings.PORT}/auth/oauth2/callback`)
    expect(out).not.toContain(provider.clientSecret)
    expect(code).toBe(0)
  })

  it.each([
    ['keycloak\nhttps://idp.example\nsensor\n\n', 'is not a URL that starts with https://'],
    ['https://idp.example/.well-known/openid-configuration\nsensor\n\n', 'is the address of the metadata'],
    ['https://idp.example\n\nsensor\n\n', 'Please type a value'],
  ])('takes no line of a pipe for the answer to another question: %j', async (input, says) => {
    const cwd = temporaryFolder()
    const { code, err } = await runCommand(['init'], { env: await env(), cwd, input })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(says) })
    expect(err).toContain('Nothing was written.')
    expect(existsSync(join(cwd, '.env'))).toBe(false)
  })

  it('asks each question on a line of its own when the answers come from a pipe', async () => {
    const { err } = await runCommand(['init'], { env: await env(), input: 'https://idp.invalid\nsensor\n\n' })
    expect(err.split('\n').slice(2)).toEqual([
      expect.stringMatching(/^Issuer URL.*:$/),
      'Client ID:',
      expect.stringMatching(/^Client secret.*:$/),
      '',
    ])
  })

  it.each(["a'b", 'a"b\\n', 'a`b#c', 'a b $x', 'ü €', 'both\'and"'])(
    'writes the secret %j so that it comes back',
    async (secret) => {
      const provider = await startFaultyProvider()
      const cwd = temporaryFolder()
      await runCommand(['init'], { env: await env(), cwd, input: `${provider.issuer}\nsensor\n${secret}\n` })
      const text = readFileSync(join(cwd, '.env'), 'utf8')
      expect(loadConfig({}, { dotenv: { path: '.env', text } }).oauth2.clientSecret).toBe(secret)
    },
  )

  it('exits 1 when a check fails, and says what to do then', async () => {
    const provider = await startFaultyProvider()
    const input = `${provider.issuer}\nsensor\nwrong\n`
    const { code, out } = await runCommand(['init'], { env: await env(), input })
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining(`then run: node ${MAIN} check`) })
  })

  it('asks nothing where .env exists, and leaves it as it is', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, '.env'), 'PORT=1\n')
    const { code, err } = await runCommand(['init'], { cwd })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('exists already') })
    expect(err).not.toContain('Issuer URL')
    expect(readFileSync(join(cwd, '.env'), 'utf8')).toBe('PORT=1\n')
  })

  it('writes another file with --env', async () => {
    const provider = await startFaultyProvider()
    const cwd = temporaryFolder()
    const input = `${provider.issuer}\nsensor\n${provider.clientSecret}\n`
    await runCommand(['init', '--env', 'other.env'], { env: await env(), cwd, input })
    expect([existsSync(join(cwd, 'other.env')), existsSync(join(cwd, '.env'))]).toEqual([true, false])
  })

  it('writes nothing when the input ends early, or Ctrl+C comes', async () => {
    const cwd = temporaryFolder()
    expect((await runCommand(['init'], { cwd, input: 'https://idp.example\n' })).code).toBe(1)
    const command = startCommand(['init'], { cwd })
    await command.until(/Issuer URL/)
    command.kill('SIGINT')
    expect(await command.code).toBe(130)
    expect(existsSync(join(cwd, '.env'))).toBe(false)
  })
})

describeWith(lacking('python3'), 'init in a terminal', () => {
  it("asks again after a wrong answer, and doesn't show the secret", async () => {
    const provider = await startFaultyProvider({ clientSecret: 'not-to-be-seen-1234' })
    const command = startCommand(['init'], { env: await env(), terminal: true })
    await command.until(/Issuer URL/)
    command.write('keycloak\r')
    await command.until(/is not a URL[\s\S]*Issuer URL/)
    command.write(`${provider.issuer}\r`)
    await command.until(/Client ID: /)
    command.write('\r')
    await command.until(/Please type a value[\s\S]*Client ID: /)
    command.write('sensor\r')
    await command.until(/Client secret/)
    command.write('not-to-be-seen-1234\r')
    expect(await command.code).toBe(0)
    expect(command.out()).toContain('Callback URL')
    expect(command.out()).not.toContain('not-to-be-seen')
  })
})
