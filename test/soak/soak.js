import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startFaultyProvider } from '../support/faulty-provider.js'
import { freePort } from '../support/free-port.js'
import * as faults from '../support/misbehaviour.js'
import { pause } from '../support/wait.js'
import { processFigures, quantile, slope } from './process-figures.js'
import { createUser } from './user.js'

/**
 * Many users at one process of the app, for a chosen time, while the provider misbehaves now and then. Prints what was seen and
 * what of it is promised (I7), and ends with 1 when a promise was not held.
 */
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, users: { type: 'string', default: '50' } },
})
const MINUTES = Number(values.minutes)
const USERS = Number(values.users)
/** Share of the token requests that go wrong. */
const FAULTY = 0.04
/** Milliseconds that 99 of 100 profile pages may take, beyond what a server that does nothing takes on the same machine. */
const SOON = 200
/** Minutes that these two need: code is compiled and the heap finds its size in the first of them. */
const LONG_ENOUGH = 5
/** What a line through the last two thirds may rise by: memory as a share of its mean, sockets as a number. */
const FLAT = { memory: 0.1, sockets: 10 }

/** A server that does nothing, and tells its port. */
const IDLE = `const server = require('node:http').createServer((_, answer) => answer.end())
server.listen(0, '127.0.0.1', () => process.stdout.write(String(server.address().port)))`

/** The token is not used up by these: afterwards the app must still have one that works. */
const BEFORE = {
  silence: faults.silence,
  reset: faults.resetBefore,
  'reset in mid-body': faults.resetMidBody,
  '503 with Retry-After': faults.says(503, '<h1>Busy</h1>', { 'content-type': 'text/html', 'retry-after': '3' }),
  '500 in HTML': faults.says(500, '<h1>Oops</h1>', { 'content-type': 'text/html' }),
  'HTML with 200': faults.says(200, '<h1>Sign in</h1>', { 'content-type': 'text/html' }),
  null: faults.says(200, 'null'),
  redirect: faults.redirect(302),
  'gzip bomb': faults.gzipBomb,
}

const provider = await startFaultyProvider()
provider.remembers = false
const { '/token': soundToken } = provider.sound
if (!soundToken) throw new Error('the provider has no token endpoint')
const lostAnswer = faults.answerLost(soundToken)
/** @type {Record<string, number>} */
const injected = {}
/** What last went wrong with a token. @type {Map<string | null, string>} */
const lastFault = new Map()
provider.at('/token', (response, received) => {
  if (Math.random() > FAULTY) return soundToken(response, received)
  // An answer that is lost after a one-time token was used loses the token, whatever the app does.
  const all = provider.isOneTime(received.form.get('refresh_token')) ? BEFORE : { ...BEFORE, 'answer lost': lostAnswer }
  const [name, fault] = /** @type {[string, typeof lostAnswer]} */ (
    Object.entries(all)[Math.floor(Math.random() * Object.keys(all).length)]
  )
  injected[name] = (injected[name] ?? 0) + 1
  lastFault.set(received.form.get('refresh_token'), name)
  fault(response, received)
})

const port = await freePort()
const app = spawn(process.execPath, [fileURLToPath(new URL('../../dist/main.js', import.meta.url))], {
  cwd: tmpdir(),
  env: { PATH: process.env.PATH ?? '', PORT: String(port), ...provider.env },
  stdio: ['ignore', 'pipe', 'pipe'],
})
let logged = 0
let secretsLogged = 0
const ready = new Promise((resolve) => {
  for (const stream of [app.stdout, app.stderr]) {
    stream.on('data', (chunk) => {
      logged += chunk.length
      if (/refresh-[\w-]{32}|eyJ[\w-]{20}/.test(String(chunk)) || String(chunk).includes(provider.clientSecret))
        secretsLogged += 1
      if (String(chunk).includes('is ready')) resolve(null)
    })
  }
})
const crashed = once(app, 'exit').then(([code]) => {
  if (!ending) throw new Error(`the app ended by itself with ${code}`)
})
let ending = false
await Promise.race([ready, crashed])

// A machine that is busy with other things answers late, whoever is asked: this server tells by how much.
const idle = spawn(process.execPath, ['-e', IDLE], { stdio: ['ignore', 'pipe', 'inherit'] })
const idlePort = Number(await once(idle.stdout, 'data'))

/** @type {Record<string, number>} */
const errors = {}
/** @type {string[]} */
const lost = []
/** Milliseconds. @type {number[]} */
const profileTimes = []
/** Milliseconds. @type {number[]} */
const idleTimes = []
const counts = { 'sign-ins': 0, refreshes: 0, exports: 0, 'sign-outs': 0 }

/** What went wrong, by the app's own code. @param {string} step @param {{ status: number, json: any }} answer */
const note = (step, { status, json }) => {
  const kind = `${step}: ${status} ${json?.code ?? ''}`
  errors[kind] = (errors[kind] ?? 0) + 1
}
const think = () => pause(1_000 + Math.random() * 4_000)
/** @param {boolean} right @param {string} what */
const hold = (right, what) => {
  if (right) return
  lost.push(what)
  console.log(`${new Date().toISOString()} LOST: ${what}`)
}

async function round() {
  const user = createUser(`http://localhost:${port}`)
  provider.rotates = Math.random() < 0.5
  const signedIn = await user.signIn()
  if (signedIn.status !== 303) return note('sign-in', signedIn)
  counts['sign-ins'] += 1
  const profile = await user.ask('GET', '/profile', 'text/html')
  profileTimes.push(profile.milliseconds)
  idleTimes.push((await createUser(`http://127.0.0.1:${idlePort}`).ask('GET', '/')).milliseconds)
  let token = (await user.ask('GET', '/profile')).json.refresh_token
  hold(provider.isLive(token), 'the token after the sign-in does not work')

  for (let time = 0; time < 3; time += 1) {
    await think()
    const used = token
    const refreshed = await user.ask('POST', '/auth/refresh')
    const ended = `${refreshed.status} ${refreshed.json?.code ?? ''} (${Math.round(refreshed.milliseconds)} ms, fault: ${lastFault.get(used) ?? 'none'})`
    if (refreshed.status === 200) {
      counts.refreshes += 1
      token = refreshed.json.refresh_token
    } else note('refresh', refreshed)
    const shown = (await user.ask('GET', '/profile')).json.refresh_token
    hold(shown === token, `the page shows another token after a refresh that ended with ${ended}`)
    hold(provider.isLive(shown), `the token shown after a refresh that ended with ${ended} does not work`)
  }

  const exported = await user.ask('GET', '/profile/device-config/json', '*/*')
  if (exported.status === 200) counts.exports += 1
  else note('export', exported)
  hold(exported.json?.refresh_token === token, 'the device config holds another token')
  const out = await user.ask('POST', '/auth/logout')
  if (out.status === 204) counts['sign-outs'] += 1
  else note('sign-out', out)
  hold(provider.isLive(token), 'the token died with the session')
  hold((await user.ask('GET', '/profile')).status === 401, 'the session lives on after the sign-out')
}

async function useIt() {
  await pause(Math.random() * 5_000)
  while (Date.now() < until) {
    await round().catch((error) => note('no answer', { status: 0, json: { code: error.name } }))
    await think()
  }
}

/** @type {{ minute: number, memory: number, sockets: number }[]} */
const figures = []
/** How long this process stood still at most: on a machine that is too busy, deadlines pass by themselves. */
let stoodStill = 0
let tick = performance.now()
setInterval(() => {
  stoodStill = Math.max(stoodStill, performance.now() - tick - 100)
  tick = performance.now()
}, 100)
async function watch() {
  for (let told = 0; Date.now() < until; ) {
    await pause(5_000)
    const minute = (Date.now() - began) / 60_000
    const { memory, sockets } = processFigures(app.pid ?? 0)
    figures.push({ minute, memory, sockets })
    if (minute - told >= Math.min(1, MINUTES / 4)) {
      told = minute
      console.log(
        `${minute.toFixed(1)} min: ${memory.toFixed(0)} MiB, ${sockets} sockets, ${counts['sign-ins']} sign-ins, ${lost.length} lost`,
      )
    }
  }
}

// By then, connections that were kept for a while are closed.
await pause(6_000)
const atRest = processFigures(app.pid ?? 0)
const began = Date.now()
const until = began + MINUTES * 60_000
await Promise.race([Promise.all([watch(), ...Array.from({ length: USERS }, useIt)]), crashed])
const seconds = Math.round((Date.now() - began) / 1000)
await pause(6_000)
const afterwards = processFigures(app.pid ?? 0)
ending = true
app.kill('SIGTERM')
await crashed
idle.kill()
await provider.stop()

const later = figures.slice(Math.floor(figures.length / 3))
const minutesLater = (later.at(-1)?.minute ?? 0) - (later[0]?.minute ?? 0)
/** Lowest, highest, mean, and the rise of a line through all of them. @param {'memory' | 'sockets'} which */
const course = (which) => {
  const values = later.map((figure) => figure[which])
  return {
    range: `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    rise: slope(later.map((figure) => ({ x: figure.minute, y: figure[which] }))) * minutesLater,
  }
}
const [memory, sockets] = [course('memory'), course('sockets')]
const times = (/** @type {number[]} */ all) =>
  `median ${quantile(all, 0.5).toFixed(0)} ms, p99 ${quantile(all, 0.99).toFixed(0)} ms`
const late = quantile(profileTimes, 0.99) - quantile(idleTimes, 0.99)
/** The provider's own failures are told as such; anything else is the app's. */
const failures = Object.keys(errors).filter((kind) => !/: 50[24] provider_\w+$/.test(kind))
/** @type {[what: string, held: boolean][]} */
const promises = [
  ['no token lost', lost.length === 0],
  ['no secret in the log', secretsLogged === 0],
  ['no failure but those of the provider', failures.length === 0],
  ['sockets flat', sockets.rise < FLAT.sockets],
  ['no socket left when all had gone', afterwards.sockets <= atRest.sockets],
]
if (MINUTES >= LONG_ENOUGH) {
  promises.push(['memory flat', memory.rise < FLAT.memory * memory.mean])
  promises.push([`99 of 100 profile pages within ${SOON} ms of what a server that does nothing takes`, late < SOON])
}

const list = (/** @type {Record<string, number>} */ table) =>
  Object.entries(table).map(([kind, count]) => `  ${String(count).padStart(7)}  ${kind}`)
console.log(
  [
    '',
    `${USERS} users, ${MINUTES} minutes (${seconds} s in all)`,
    ...list(counts),
    'The provider misbehaved',
    ...list(injected),
    'Errors by kind',
    ...list(errors),
    `GET /profile: ${times(profileTimes)}`,
    `A server that does nothing, at the same time: ${times(idleTimes)}`,
    `Memory in the last two thirds: ${memory.range} MiB, slope ${((memory.rise / minutesLater) * 60).toFixed(1)} MiB an hour (${memory.rise.toFixed(1)} MiB in ${minutesLater.toFixed(1)} min)`,
    `Sockets: ${atRest.sockets} at rest, ${sockets.range} in the last two thirds (rise ${sockets.rise.toFixed(1)}), ${afterwards.sockets} when all had gone`,
    `This process stood still for at most ${stoodStill.toFixed(0)} ms`,
    `Log: ${(logged / 1024 / 1024).toFixed(1)} MiB, secrets in it: ${secretsLogged}`,
    `Tokens lost: ${lost.length}`,
    ...new Set(lost.map((what) => `  ${what}`)),
    'Promised',
    ...promises.map(([what, held]) => `  ${held ? 'held    ' : 'NOT HELD'}  ${what}`),
    ...(MINUTES < LONG_ENOUGH ? [`  (memory and the time of a page are judged from ${LONG_ENOUGH} minutes on)`] : []),
  ].join('\n'),
)
process.exit(promises.every(([, held]) => held) ? 0 : 1)
