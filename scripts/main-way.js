/**
 * Walks the main way over HTTP with the Node that runs this: starts the built site with its demo provider, signs in without a
 * browser, refreshes, tests the token, downloads a config, signs out, mints in a terminal, and ends the site. Exits with 1 where anything is amiss.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { browserlessSignIn } from '../test/support/browserless-sign-in.js'
import { freePort } from '../test/support/free-port.js'
import { Visitor } from '../test/support/visitor.js'
import { until } from '../test/support/wait.js'

const JSON_PLEASE = { accept: 'application/json' }
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))

const port = await freePort()
const env = { PATH: process.env.PATH ?? '', PORT: String(port) }
const site = spawn(process.execPath, [MAIN], { cwd: tmpdir(), env, stdio: ['ignore', 'pipe', 'pipe'] })
process.once('exit', () => site.kill('SIGKILL'))
let printed = ''
for (const stream of [site.stdout, site.stderr]) {
  stream.on('data', (text) => {
    printed += text
  })
}
const ended = once(site, 'exit')

try {
  await until('the site is ready', () => printed.includes('is ready') || site.exitCode !== null)
  for (const [username, verdict] of /** @type {const} */ ([
    ['demo', 'reusable'],
    ['rotating', 'one_time'],
  ])) {
    const visitor = new Visitor({ url: `http://localhost:${port}` })
    const page = await visitor.signIn(username, 'demo')
    assert.equal(page.status, 200)
    const minted = (await visitor.get('/profile', JSON_PLEASE)).json
    assert.ok(page.text.includes(minted.refresh_token))

    const refreshed = await visitor.post('/auth/refresh', {}, JSON_PLEASE)
    assert.equal(refreshed.status, 200, refreshed.text)
    assert.notEqual(refreshed.json.access_token, minted.access_token)

    const tested = await visitor.post('/auth/prove', {}, JSON_PLEASE)
    assert.deepEqual([tested.status, tested.json.verdict], [200, verdict], tested.text)

    const config = await visitor.get('/profile/device-config/json')
    const { refresh_token } = (await visitor.get('/profile', JSON_PLEASE)).json
    assert.equal(JSON.parse(config.text).refresh_token, refresh_token)
    assert.equal((await visitor.post('/auth/logout')).status, 303)
  }
  assert.equal(await mintInTerminal(), 'reusable')
  site.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
  console.log(`Node ${process.versions.node}: signed in, refreshed, tested, downloaded a config, minted in a terminal.`)
} catch (error) {
  console.error(`Node ${process.versions.node} does not go the main way.\n${printed}`)
  throw error
}

/** `mint` with a pasted address; the verdict that it prints. */
async function mintInTerminal() {
  const command = spawn(process.execPath, [MAIN, 'mint'], { cwd: tmpdir(), env, stdio: 'pipe' })
  const closed = once(command, 'close')
  const printed = { out: '', err: '' }
  command.stdout.on('data', (text) => {
    printed.out += text
  })
  command.stderr.on('data', (text) => {
    printed.err += text
  })
  const address = () => /^ {2}(http\S+\?\S+)$/m.exec(printed.err)?.[1]
  await until('mint prints an address', () => address() !== undefined || command.exitCode !== null)
  const redirectUri = `http://localhost:${port}/auth/oauth2/callback`
  const authorizationUrl = address() ?? ''
  command.stdin.write(
    `${await browserlessSignIn({ authorizationUrl, username: 'demo', password: 'demo', redirectUri })}\n`,
  )
  assert.deepEqual(await closed, [0, null], printed.err)
  return JSON.parse(printed.out).verdict
}
