/**
 * `node bench/first-token.js`: the seconds from an empty folder to a token that is copied, by a clone (`npm ci --omit=dev`, `npm start`) and by the
 * tarball (`npx`), each from an empty npm cache. The person is a script, which needs no time.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../test/support/free-port.js'
import { Visitor } from '../test/support/visitor.js'

/** Node before 22.13 needs the compiler. */
const WITHOUT_COMPILER = 'stripTypeScriptTypes' in nodeModule ? ['--omit=dev'] : []

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'bench-first-token-'))

try {
  console.log(`clone:   ${(await timed(byClone)).toFixed(1)} s`)
  const tarball = packed()
  console.log(`tarball: ${(await timed(() => byTarball(tarball))).toFixed(1)} s`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** @param {() => Promise<void>} way */
async function timed(way) {
  const began = performance.now()
  await way()
  return (performance.now() - began) / 1000
}

async function byClone() {
  const clone = join(folder, 'clone')
  execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${ROOT}`, clone])
  const env = { ...process.env, npm_config_cache: join(folder, 'cache-clone') }
  execFileSync('npm', ['ci', '--silent', ...WITHOUT_COMPILER], { cwd: clone, env })
  await copyToken('npm', ['start'], clone, env)
}

function packed() {
  const output = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return join(folder, output.trim().split('\n').at(-1) ?? '')
}

/** @param {string} tarball */
function byTarball(tarball) {
  const env = { ...process.env, npm_config_cache: join(folder, 'cache-tarball') }
  return copyToken('npx', ['--yes', '--package', tarball, '--', 'offline-token-mint'], folder, env)
}

/** @param {string} program @param {string[]} args @param {string} cwd @param {NodeJS.ProcessEnv} env */
async function copyToken(program, args, cwd, env) {
  const port = await freePort()
  const stdio = /** @type {['ignore', 'pipe', 'inherit']} */ (['ignore', 'pipe', 'inherit'])
  const child = spawn(program, args, { cwd, env: { ...env, PORT: String(port) }, stdio, detached: true })
  try {
    let printed = ''
    for await (const chunk of child.stdout) {
      printed += chunk
      if (printed.includes('is ready')) break
    }
    const page = await new Visitor({ url: `http://localhost:${port}` }).signIn('demo', 'demo')
    if (!/id="refresh-token"/.test(page.text)) throw new Error(`no token on the page: ${printed}`)
  } finally {
    process.kill(-Number(child.pid), 'SIGKILL')
  }
}
