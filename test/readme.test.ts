import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { loadConfig } from '../server/config/config.js'
import { Browserless, browserlessSignIn } from './support/browserless-sign-in.js'
import { closeLater } from './support/closing.js'
import { startShell, temporaryFolder } from './support/command.js'
import { startFaultyProvider } from './support/faulty-provider.js'
import { freePort } from './support/free-port.js'
import { startRawServer } from './support/raw-server.js'
import { describeWith, lacking } from './support/tools.js'

const README = readFileSync('README.md', 'utf8')

/** Whether this Node builds without the TypeScript compiler. */
const stripTypes = 'stripTypeScriptTypes' in nodeModule

interface Block {
  language: string
  text: string
}

/** The fenced blocks, without the indentation of a list. */
const BLOCKS: Block[] = [...README.matchAll(/^( *)```(\w*)\n(.*?)^ *```$/gms)].map(
  ([, indent = '', language = '', text = '']) => ({
    language,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trimEnd(),
  }),
)

/** What can't be run here, and why. */
const NOT_RUN: [begins: string, why: string][] = [
  ['docker build', 'needs Docker; test/image.test.ts builds the same Dockerfile with buildah'],
  ['docker run', 'needs Docker; test/image.test.ts runs the image'],
  ['docker compose', 'needs Docker; test/shared-site follows the deployments'],
]

const notRun = ({ text }: Block) => NOT_RUN.some(([begins]) => text.startsWith(begins))

describe("the README's blocks", () => {
  it('are all run here, or listed as not run', () => {
    const run = BLOCKS.filter((block) => !notRun(block)).map(({ text }) => text.split('\n')[0])
    expect(run).toEqual([
      'npm ci --omit=dev',
      'npx --yes --package ./offline-token-mint-0.1.0.tgz -- offline-token-mint',
      'http://localhost:3000/auth/oauth2/callback',
      'node dist/main.js init',
      'OAUTH2_ISSUER=https://keycloak.example.org/realms/REALM',
      'node dist/main.js mint --format sh --output device.sh',
      'node dist/main.js mint --device',
      'node dist/main.js test device.sh',
      'cp server/device-config/programs/refresh.sh .',
    ])
  })

  it('are commands that every shell takes, but for the one for a POSIX device', () => {
    const commands = BLOCKS.filter((block) => block.language === 'sh' && !notRun(block))
    for (const { text } of commands.slice(0, -1)) expect(text).not.toMatch(/&&|\$|^[A-Z_]+=/m)
  })

  it('have three lines for .env that are settings', () => {
    const { text = '' } = BLOCKS.find((block) => block.text.startsWith('OAUTH2_ISSUER')) ?? {}
    const config = loadConfig({}, { dotenv: { path: '.env', text } })
    expect(config.oauth2).toMatchObject({ clientId: 'sensor', clientSecret: 'the secret' })
    expect(`${config.baseUrl}/auth/oauth2/callback`).toBe('http://localhost:3000/auth/oauth2/callback')
  })
})

/** The block that begins so, as it is in the README. */
function block(begins: string): string {
  const found = BLOCKS.find(({ text }) => text.startsWith(begins))
  if (!found) throw new Error(`the README has no block that begins with ${begins}`)
  return found.text
}

describeWith(lacking('npm', 'git', 'curl', 'sh', 'cp'), 'the README, followed in a clone', () => {
  let clone: string
  let env: Record<string, string>
  beforeAll(async () => {
    clone = temporaryFolder()
    for (const file of execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter(Boolean)) {
      mkdirSync(dirname(join(clone, file)), { recursive: true })
      cpSync(file, join(clone, file))
    }
    env = { HOME: process.env.HOME ?? '/root', PORT: String(await freePort()) }
  })

  const shell = (text: string, more: Record<string, string> = {}) =>
    startShell(text, { cwd: clone, env: { ...env, ...more } })

  it('starts, mints in a terminal with its demo provider, tests, refreshes and calls an API', async () => {
    // Node 20 has no way of its own to build.
    const start = block('npm ci')
    const site = shell(stripTypes ? start : start.replace(' --omit=dev', ''))
    await site.until(/is ready[\s\S]*Settings/)

    const mint = shell(block('node dist/main.js mint --format'))
    const [, authorizationUrl = ''] = await mint.until(/^ {2}(http\S+\?\S+)$/m)
    const redirectUri = `http://localhost:${env.PORT}/auth/oauth2/callback`
    const back = await browserlessSignIn({ authorizationUrl, username: 'demo', password: 'demo', redirectUri })
    mint.write(`${back}\n`)
    expect(await mint.code).toBe(0)

    const device = shell(block('node dist/main.js mint --device'))
    const [, address = ''] = await device.until(/^ {2}(http\S+user_code=\S+)$/m)
    const browser = new Browserless('http://nowhere.example')
    const question = await browser.submit(await browser.open(address), { username: 'demo', password: 'demo' })
    await browser.submit(question, { accept: 'Yes' })
    expect(await device.code).toBe(0)

    expect(await shell(block('node dist/main.js test')).code).toBe(0)

    let authorization = ''
    const api = await startRawServer((socket, _path, head) => {
      authorization = /^authorization: (.*)$/im.exec(head)?.[1] ?? ''
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
    closeLater(api.close)
    const call = shell(block('cp server').replace('https://api.example.org', `http://127.0.0.1:${api.port}`))
    expect(await call.code).toBe(0)
    expect(authorization).toMatch(/^Bearer ey/)

    const provider = await startFaultyProvider()
    const init = shell(block('node dist/main.js init'))
    for (const answer of [provider.issuer, provider.clientId, provider.clientSecret]) init.write(`${answer}\n`)
    init.end()
    await init.code
    expect(readFileSync(join(clone, '.env'), 'utf8')).toContain(provider.issuer)
    expect(init.out()).toContain(redirectUri)
  }, 300_000)

  it('starts from the tarball alone', async () => {
    const folder = temporaryFolder()
    execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: clone })
    writeFileSync(join(folder, '.npmrc'), 'update-notifier=false\n')
    const cache = temporaryFolder()
    const site = startShell(block('npx'), {
      cwd: folder,
      env: { ...env, PORT: String(await freePort()), npm_config_cache: cache },
    })
    await site.until(/is ready[\s\S]*\(demo, built in\)/)
  }, 180_000)
})
