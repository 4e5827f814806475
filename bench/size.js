// What a session weighs in Redis, and whether a page grows slower with the number of them: npm run size
// A real redis-server on loopback is filled with token sets of the length that Keycloak 26 gives, through the app's own stores; then
// the app itself is asked for the profile page of one after the other. Writes the tables of docs/size.md.
import { execFileSync, spawn } from 'node:child_process'
import { createHmac, randomBytes, randomInt } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createClient } from 'redis'
import { createRedisRecords } from '../dist/stores/redis.js'
import { connectRedis } from '../dist/stores/redis-connection.js'
import { createSeal } from '../dist/stores/seal.js'
import { createSealedList } from '../dist/tokens/entries.js'
import { createTokenLists } from '../dist/tokens/lists.js'
import { newListId } from '../dist/tokens/token-list.js'
import { createListPointer } from '../dist/web/sessions/list-pointer.js'
import { RedisSessions } from '../dist/web/sessions/redis-sessions.js'
import { freePort } from '../test/support/free-port.js'

const COUNTS = [100, 1_000, 10_000, 100_000]
const PAGES = 300
const AT_ONCE = 200
const SECRET = 'a secret of the measurement that is long enough'
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const DOCUMENT = new URL('../docs/size.md', import.meta.url)

/** @type {(() => unknown)[]} */
const ends = []
process.on('exit', () => {
  for (const end of ends) end()
})

/** @param {string[]} options */
async function startRedis(options) {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'size-'))
  const fixed = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const server = spawn('redis-server', ['--port', String(port), ...fixed, ...options], { stdio: 'ignore' })
  ends.push(() => {
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const client = createClient({ url: `redis://127.0.0.1:${port}` })
  client.on('error', () => {})
  await client.connect()
  ends.push(() => client.destroy())
  return { port, client, url: `redis://127.0.0.1:${port}` }
}

/** Text that does not compress, as a token's: base64url of random bytes. @param {number} length */
const text = (length) => randomBytes(length).toString('base64url').slice(0, length)

/** As a sign-in at Keycloak 26 leaves it: an access token of 1,400 characters, a refresh token of 700. @param {number} i */
function entry(i) {
  const refreshToken = `eyJhbGciOiJIUzUxMiJ9.${text(680)}`
  return {
    origin: 'sign_in',
    access_token: `eyJhbGciOiJSUzI1NiJ9.${text(1_380)}`,
    token_type: 'Bearer',
    expires_in: 300,
    expires_at: Date.now() + 300_000,
    refresh_token: refreshToken,
    first_refresh_token: refreshToken,
    first_replaced_at: null,
    refresh_token_changed: false,
    refresh_expires_in: 0,
    refresh_token_expires_at: null,
    scope: 'profile email offline_access',
    id_token: null,
    minted_at: Date.now(),
    came_again_at: null,
    remarks: [],
    refreshed_at: null,
    token_endpoint_auth_method: 'client_secret_basic',
    who: {
      username: `user-${i}`,
      subject: '3f0c6d5e-6f0e-4f52-9a65-0d8f3e7a1b2c',
      email: `user-${i}@example.org`,
      realm_roles: ['offline_access', 'uma_authorization', 'default-roles-organicity'],
      client_roles: { account: ['manage-account', 'view-profile'] },
    },
    signature: { result: 'valid', reason: null },
    answer: {
      expires_in: 300,
      refresh_expires_in: 0,
      token_type: 'Bearer',
      'not-before-policy': 0,
      scope: 'profile email',
    },
    introspection: null,
    proof: null,
    dead: null,
    downloads: [],
  }
}

/** @param {string} url @param {'server' | 'cluster'} kind */
async function openStores(url, kind) {
  const connection = connectRedis(url, kind, () => {})
  ends.push(() => connection.close())
  const records = createRedisRecords(connection)
  while (
    await records.ping().then(
      () => false,
      () => true,
    )
  )
    await pause(20)
  const logger = /** @type {import('pino').Logger} */ (/** @type {unknown} */ ({ warn() {} }))
  const sessions = new RedisSessions({ connection, shared: true, now: Date.now, logger })
  const seal = createSeal([SECRET])
  // Longer than the measurement takes.
  const lifetimes = { idle: 8 * 3_600_000, absolute: 8 * 3_600_000 }
  const lists = createTokenLists({ records: records.lists, sealed: createSealedList(seal), now: Date.now, lifetimes })
  return { sessions, lists, pointer: createListPointer(seal) }
}

/** One session as a sign-in leaves it; its id. @param {Awaited<ReturnType<typeof openStores>>} stores @param {number} i */
async function addSession({ sessions, lists, pointer }, i) {
  const set = /** @type {import('../server/tokens/entry.js').Entry} */ (entry(i))
  const list = newListId()
  await lists.add(list, set)
  const sessionId = text(32)
  const cookie = { originalMaxAge: null, expires: null, httpOnly: true, path: '/', sameSite: 'lax', secure: true }
  const data = { cookie, browser: text(32), began: Date.now(), callbacks: [text(43)] }
  pointer.set(/** @type {never} */ ({ sessionID: sessionId, session: data }), list)
  await new Promise((resolve, reject) =>
    sessions.set(sessionId, /** @type {never} */ (data), (/** @type {unknown} */ error) =>
      error ? reject(error) : resolve(null),
    ),
  )
  return sessionId
}

/** @param {Awaited<ReturnType<typeof openStores>>} stores @param {string[]} ids @param {number} count */
async function fill(stores, ids, count) {
  while (ids.length < count) {
    const more = Math.min(AT_ONCE, count - ids.length)
    ids.push(...(await Promise.all(Array.from({ length: more }, (_, i) => addSession(stores, ids.length + i)))))
  }
}

/** @param {ReturnType<typeof createClient>} client */
async function usedMemory(client) {
  return Number(/used_memory:(\d+)/.exec(String(await client.sendCommand(['INFO', 'memory'])))?.[1])
}

/** @param {string} redisUrl */
async function startApp(redisUrl) {
  const port = await freePort()
  const child = spawn(process.execPath, [MAIN], {
    cwd: tmpdir(),
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      LOG_LEVEL: 'warn',
      REDIS_URL: redisUrl,
      SESSION_SECRET: SECRET,
      OAUTH2_CLIENT_ID: 'sensor',
      OAUTH2_AUTHORIZATION_ENDPOINT: 'http://127.0.0.1:9/authorize',
      OAUTH2_TOKEN_ENDPOINT: 'http://127.0.0.1:9/token',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  ends.push(() => child.kill('SIGKILL'))
  await new Promise((resolve) =>
    child.stdout.on('data', (chunk) => String(chunk).includes('is ready') && resolve(null)),
  )
  return { port, pid: /** @type {number} */ (child.pid) }
}

/** @param {number} port @param {string} sessionId */
async function profilePage(port, sessionId) {
  const signature = createHmac('sha256', SECRET).update(sessionId).digest('base64').replace(/=+$/, '')
  const cookie = `otm_${port}=${encodeURIComponent(`s:${sessionId}.${signature}`)}`
  const began = performance.now()
  const answer = await fetch(`http://localhost:${port}/profile`, { redirect: 'manual', headers: { cookie } })
  await answer.text()
  if (answer.status !== 200) throw new Error(`the profile page said ${answer.status}`)
  return performance.now() - began
}

/** Pages of sessions taken at random, one after the other: nearly none of them is one that the app has just seen. @param {number} port @param {string[]} ids */
async function timePages(port, ids) {
  const took = []
  for (let i = 0; i < PAGES; i += 1)
    took.push(await profilePage(port, /** @type {string} */ (ids[randomInt(ids.length)])))
  took.sort((a, b) => a - b)
  const at = (/** @type {number} */ share) => /** @type {number} */ (took[Math.floor(took.length * share)])
  return { median: at(0.5), p99: at(0.99) }
}

/** Resident memory of a process, in MiB. @param {number} pid */
const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

const whole = (/** @type {number} */ number) => Math.round(number).toLocaleString('en')

async function oneServer() {
  const redis = await startRedis([])
  const app = await startApp(redis.url)
  const stores = await openStores(redis.url, 'server')
  /** @type {string[]} */
  const ids = []
  const empty = await usedMemory(redis.client)
  const rows = []
  let bytes = 0
  for (const count of COUNTS) {
    const before = { at: performance.now(), count: ids.length }
    await fill(stores, ids, count)
    const perSecond = (count - before.count) / ((performance.now() - before.at) / 1000)
    const used = (await usedMemory(redis.client)) - empty
    await timePages(app.port, ids)
    const { median, p99 } = await timePages(app.port, ids)
    bytes = used / count
    rows.push([
      whole(count),
      whole(bytes),
      (used / 2 ** 20).toFixed(1),
      median.toFixed(1),
      p99.toFixed(1),
      whole(resident(app.pid)),
      whole(perSecond),
    ])
    process.stderr.write(`${rows.at(-1)?.join(' | ')}\n`)
  }
  return { rows, bytes }
}

async function cluster() {
  const options = ['--cluster-enabled', 'yes']
  const nodes = [await startRedis(options), await startRedis(options), await startRedis(options)]
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], { stdio: 'ignore' })
  for (const { client } of nodes) {
    while (!String(await client.sendCommand(['CLUSTER', 'INFO'])).includes('cluster_state:ok')) await pause(100)
  }
  const [first] = /** @type {[{ url: string }]} */ (/** @type {unknown} */ (nodes))
  const app = await startApp(first.url)
  const stores = await openStores(first.url, 'cluster')
  const memory = () => Promise.all(nodes.map(({ client }) => usedMemory(client)))
  const empty = await memory()
  /** @type {string[]} */
  const ids = []
  const count = /** @type {number} */ (COUNTS.at(-1))
  await fill(stores, ids, count)
  const used = (await memory()).map((now, i) => now - /** @type {number} */ (empty[i]))
  await timePages(app.port, ids)
  const { median, p99 } = await timePages(app.port, ids)
  const all = used.reduce((a, b) => a + b)
  return { bytes: all / count, shares: used.map((one) => one / all), median, p99 }
}

const single = await oneServer()
const spread = await cluster()
const million = (/** @type {number} */ bytes) => ((bytes * 1_000_000) / 2 ** 30).toFixed(1)
const [, version] = /v=([\d.]+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' })) ?? []
const tables = `Redis ${version}, Node.js ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model}), a load average of ${loadavg()[0]?.toFixed(1)} on
the machine, the measurement's own included.

| sessions | bytes a session | MiB in all | profile page, median ms | 99 of 100 within ms | memory of the app, MiB | filled, sessions a second |
|--:|--:|--:|--:|--:|--:|--:|
${single.rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}

On a Cluster of three nodes, with ${whole(/** @type {number} */ (COUNTS.at(-1)))} sessions: ${whole(spread.bytes)} bytes a session, of which the nodes hold ${spread.shares.map((share) => `${(share * 100).toFixed(1)} %`).join(', ')}; the profile page
takes ${spread.median.toFixed(1)} ms (median), 99 of 100 within ${spread.p99.toFixed(1)} ms.

By these figures, a million sessions at once weigh ${million(single.bytes)} GiB on one server, and ${million(spread.bytes)} GiB on a Cluster (${(Number(million(spread.bytes)) / 3).toFixed(1)} GiB on each
of three nodes): the bytes of the last line times a million, not a measurement of its own.
`
process.stdout.write(tables)
const document = readFileSync(DOCUMENT, 'utf8')
const marks = /(<!-- figures: written by "npm run size" -->\n)[\s\S]*(<!-- end of figures -->)/
writeFileSync(
  DOCUMENT,
  document.replace(marks, (_, begin, end) => `${begin}${tables}${end}`),
)
process.exit(0)
