import { readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { startApp } from '../support/app.js'
import { Browserless, browserlessSignIn } from '../support/browserless-sign-in.js'
import { runCommand, startCommand, temporaryFolder } from '../support/command.js'
import { startFaultyProvider } from '../support/faulty-provider.js'
import { freePort } from '../support/free-port.js'

/** A line without what differs from run to run, and from provider to provider. */
const shape = (line: string) =>
  line
    .trim()
    .replace(/^(Issuer URL .*\):|Client ID:|Address:).*/, '$1')
    .replace(/https?:\S+?(?=[.,:]?(\s|$))/g, 'URL')
    .replace(/^[A-Z]{4}-[A-Z]{4}$/, 'CODE')
    .replace(/"(eyJ|\d{4}-|[0-9a-f]{8}").*/, '"VALUE"')
    .replace(/"scope": .*/, '"scope"')
    .replace(/\/\S+\/\.env/, '.env')
    .replace(/\bsensor[\w-]*/g, 'CLIENT')
    .replace(/\d+/g, 'N')

const lines = (text: string) => text.split('\n').map(shape)

/** Keycloak sends no Date to compare with; the demo provider does. */
const ABOUT_THE_CLOCK = /This machine's clock|sends no Date/

const PERSON = { username: 'demo', password: 'demo' }

/** What the commands print at the demo provider, and where their own callback waits. */
async function printed(): Promise<string> {
  const app = await startApp()
  const env = { PORT: String(app.port) }

  async function init() {
    const { err, out } = await runCommand(['init'], {
      env,
      input: `${app.url}/realms/organicity\nsensor\nsensor-secret\n`,
    })
    return err + out
  }

  async function waiting() {
    const provider = await startFaultyProvider()
    const command = startCommand(['mint'], { env: { ...provider.env, PORT: String(await freePort()) } })
    await command.until(/Address:/)
    return command.err()
  }

  async function mintAndTest() {
    const cwd = temporaryFolder()
    const command = startCommand(['mint', '--format', 'sh', '--output', 'device.sh'], { env, cwd })
    const [, authorizationUrl = ''] = await command.until(/^ {2}(http:\S+\?\S+)\s*$/m)
    const redirectUri = new URL(authorizationUrl).searchParams.get('redirect_uri') ?? ''
    command.write(`${await browserlessSignIn({ authorizationUrl, ...PERSON, redirectUri })}\n`)
    await command.code
    const { err, out } = await runCommand(['test', 'device.sh'], { env, cwd })
    return command.err() + err + out
  }

  async function device() {
    const command = startCommand(['mint', '--device'], { env })
    const [, address = ''] = await command.until(/^ {2}(http:\S+user_code=\S+)\s*$/m)
    const browser = new Browserless('http://nowhere.example')
    await browser.submit(await browser.submit(await browser.open(address), PERSON), { accept: 'Yes' })
    await command.code
    return command.err() + command.out()
  }

  return (await Promise.all([init(), waiting(), mintAndTest(), device()])).join('\n')
}

it('docs/terminal.md shows what the commands print', async () => {
  const [, screens = ''] = readFileSync('docs/terminal.md', 'utf8').split('<!-- screens -->')
  const shown = [...screens.matchAll(/```text\n([\s\S]*?)\n```/g)].flatMap(([, screen = '']) => lines(screen))
  const known = new Set(lines(await printed()))
  const stale = shown.filter((line) => !line.startsWith('$') && !ABOUT_THE_CLOCK.test(line) && !known.has(line))
  expect(stale).toEqual([])
})
