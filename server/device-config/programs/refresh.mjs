#!/usr/bin/env node
/**
 * Gets an OAuth 2.0 access token for this device and prints it on standard output. Messages go to standard error.
 *
 *     node refresh.mjs [--cached] [CONFIG]
 *
 *     import { accessToken } from './refresh.mjs'
 *     await accessToken({ config: 'config.json', cached: true })    // throws an Error with an exitCode
 *
 * CONFIG is the file that you name, or config.json in the folder of this program. If there is no config.json, the program reads
 * the values from the environment (OAUTH2_TOKEN_ENDPOINT, …). It writes a new refresh token into CONFIG before it prints the access
 * token, unless refresh_token_usage is "keep". With --cached it prints the last access token again (from CONFIG.access) while that
 * is valid for another minute. It needs Node 12.17 or later, and no packages. If your own authority signed the provider's
 * certificate, set NODE_EXTRA_CA_CERTS to a file with the authority's certificate. It uses HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
 *
 * Exit codes: 0  it printed the access token
 *             1  a person must fix something: CONFIG, the disk, the client, the account, a certificate
 *             2  the refresh token is dead: mint a new one
 *             3  it failed for now (network, provider busy, wrong clock): run it again later
 * Environment: REFRESH_TIMEOUT  seconds to wait for an answer (120); REFRESH_TRIES  how often to try (5)
 */
// docs/one-time-tokens.md of Offline Token Mint says why it takes a lock, tries to write first, and never repeats a lost request.
// It must run on old versions of Node, so it has no node:, no ?. or ??, and no top-level await.
import { spawnSync } from 'child_process' // a SyntaxError here means that this Node is too old: install Node 12.17 or later
import { createHash } from 'crypto'
import dns from 'dns'
import fs from 'fs'
import http from 'http'
import net from 'net'
import path from 'path'
import tls from 'tls'
import { fileURLToPath, URL, URLSearchParams } from 'url'
import { promisify } from 'util'

const PROGRAM = fileURLToPath(import.meta.url)
const BESIDE = path.join(path.dirname(PROGRAM), 'config.json')

/** Returns an access token for the config in this file. Throws Stop. */
export async function accessToken({ config = BESIDE, cached = false } = {}) {
  const file = fs.existsSync(config) ? fs.realpathSync(config) : config
  let values = readConfig(file)
  let token = cached && cachedAccessToken(file, values)
  if (token) return token
  let answer
  if (values.refresh_token_usage === 'keep') answer = await refresh(values, null)
  else {
    const unlock = await lock(file) // two runs must not send the same one-time token
    try {
      values = readConfig(file) // the run before may have stored a new token
      adoptNew(file, values) // or a power cut may have left the new token next to the config
      token = cached && cachedAccessToken(file, values)
      if (token) return token
      const tidy = rehearse(file, values) // find out before the request whether a new token can be stored
      answer = await refresh(values, (newest) => store(file, values, newest)).finally(tidy)
    } finally {
      unlock()
    }
  }
  if (!isToken(answer.access_token)) {
    stop(3, 'the provider sent no access token; the refresh token is good: run this again later')
  }
  if (cached) cacheAccessToken(file, values, answer)
  return answer.access_token
}

async function main() {
  const options = process.argv.slice(2).filter((word) => word.startsWith('-'))
  const config = process.argv.slice(2).find((word) => !word.startsWith('-'))
  const unknown = options.find((option) => option !== '--cached')
  if (unknown === '--help') {
    const [comment] = fs.readFileSync(PROGRAM, 'utf8').match(/^ \* [\s\S]*?(?=^ \*\/)/m)
    return console.log(comment.replace(/^ \* ?/gm, '').trim())
  }
  if (unknown) stop(1, `${unknown} is not an option: node refresh.mjs [--cached] [CONFIG]`)
  if (config && !fs.existsSync(config)) stop(1, `${config} is not there: download it from Offline Token Mint`)
  for (const [signal, exitCode] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
    process.on(signal, () => {
      interrupted = exitCode
      if (mayStop) leave()
    })
  }
  console.log(await accessToken({ config, cached: options.length > 0 }))
}

/** Ends the run. The message says what to do, and `exitCode` is 1, 2 or 3. */
class Stop extends Error {
  constructor(exitCode, message) {
    super(message)
    this.exitCode = exitCode
  }
}

function stop(exitCode, message) {
  throw new Stop(exitCode, message)
}

/** This try failed, but the next may work. `asked`: seconds that the provider asks to wait; `lost`: the token may be used up. */
class TryAgain extends Error {
  constructor(message, { asked = 0, lost = false } = {}) {
    super(message)
    Object.assign(this, { asked, lost })
  }
}

const LARGEST_ANSWER = 1 << 20
const LONGEST_TOKEN = 48 << 10
const LONGEST_WAIT = 120 // seconds; if the provider asks for more, leave it to the next run
const WINDOWS = process.platform === 'win32'

const say = (message) => process.stderr.write(`refresh.mjs: ${message}\n`)
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

/** Returns what the action returns or, if it throws, what `otherwise` returns. */
function tryTo(action, otherwise = () => null) {
  try {
    return action()
  } catch (error) {
    return otherwise(error)
  }
}

function setting(name, byDefault) {
  const value = process.env[name] || String(byDefault)
  if (!/^[1-9]\d*$/.test(value)) stop(1, `${name} must be a whole number, e.g. ${byDefault}`)
  return Number(value)
}

const timeout = () => setting('REFRESH_TIMEOUT', 120)
const longestRun = () => (timeout() * 5) / 2

// --- the config ---

const AUTH_METHODS = ['client_secret_basic', 'client_secret_basic_raw', 'client_secret_post', 'none']

/** Reads the file, or the environment. Throws Stop, which says what to do, if a value is missing or wrong. */
function readConfig(file) {
  const there = fs.existsSync(file)
  const where = there ? file : 'the environment'
  const values = there ? readJson(file) : readEnvironment(file)
  const method = authMethod(values)
  const needed = ['token_endpoint', 'client_id', 'refresh_token', ...(method === 'none' ? [] : ['client_secret'])]
  const missing = needed.find((name) => typeof values[name] !== 'string' || values[name] === '')
  const ensure = (right, message) => right || stop(1, message)
  ensure(AUTH_METHODS.includes(method), `token_endpoint_auth_method in ${where} must be one of ${AUTH_METHODS.join(', ')}`)
  ensure(!missing, `${where} lacks ${missing}: download it again from Offline Token Mint`)
  const unset = values.client_secret === '<CLIENT_SECRET>'
  ensure(!unset, `client_secret in ${where} still is <CLIENT_SECRET>: write the client's secret in its place`)
  ensure(isHttpUrl(values.token_endpoint), `token_endpoint in ${where} must be a URL that begins with https://`)
  if (there && !WINDOWS && fs.statSync(file).mode & 0o004) {
    say(`warning: every user of this machine can read ${file}: chmod 600 ${file}`)
  }
  const url = new URL(values.token_endpoint)
  const plain = url.protocol === 'http:' && !isLoopback(url)
  if (plain) say(`warning: ${url} is plain http: anyone on the network can read the tokens`)
  return values
}

function readJson(file) {
  const failed = ({ code }) => stop(1, `${file} can't be read (${code}): run as its owner, or chown it`)
  const values = parse(tryTo(() => fs.readFileSync(file, 'utf8'), failed))
  if (values === null) stop(1, `${file} is not a JSON object: download it again from Offline Token Mint`)
  return values
}

/** Reads a JSON object, with or without a BOM. Returns null if the text is something else. */
function parse(text) {
  const value = tryTo(() => JSON.parse(text.replace(/^\ufeff/, '')))
  return value && typeof value === 'object' && !Array.isArray(value) ? value : null
}

const parseFile = (file) => parse(tryTo(() => fs.readFileSync(file, 'utf8')) || '')

function readEnvironment(file) {
  const values = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (/^OAUTH2_/.test(name) && value) values[name.slice(7).toLowerCase()] = value
  }
  if (!values.token_endpoint) {
    const cure = 'download config.json from Offline Token Mint and put it beside this program'
    stop(1, `${file} is not there, nor is OAUTH2_TOKEN_ENDPOINT in the environment: ${cure}`)
  }
  if (values.refresh_token_usage !== 'keep') {
    const why = 'may work only once, and this program cannot store the next one there'
    const cure = `put the values into ${file} instead (OAUTH2_REFRESH_TOKEN_USAGE is not keep)`
    stop(1, `the refresh token in the environment ${why}: ${cure}`)
  }
  return values
}

const authMethod = (values) => values.token_endpoint_auth_method || (values.client_secret ? 'client_secret_basic' : 'none')

const isHttpUrl = (text) => /^https?:\/\//.test(text) && Boolean(tryTo(() => new URL(text).hostname))

const isLoopback = ({ hostname }) => /^(localhost|127\..*|\[::1\])$/.test(hostname)

// --- one run at a time ---

/**
 * Locks file.lock with flock(1); the kernel unlocks it when this process ends. Without flock (macOS, Windows), makes a directory.
 * Returns the function that unlocks.
 */
async function lock(file) {
  const directory = `${file}.lock.d`
  const opened = openLock(file)
  const seen = { owner: '', waited: 0 }
  for (let waited = 0; waited < longestRun(); waited++) {
    const { error, status } = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', opened] })
    if (status === 0) return () => fs.closeSync(opened)
    const missing = error && error.code === 'ENOENT'
    if (missing && makeLock(directory)) return atEnd(() => removeLock(directory))
    if (!missing || !breakLock(directory, seen)) await sleep(1)
  }
  stop(3, `another run is still busy with ${file}: try again later`)
}

function openLock(file) {
  const name = `${file}.lock`
  const there = fs.existsSync(name)
  const cause = ({ code }) => stop(1, `can't open ${name} (${code}): another user made it; remove it`)
  const open = () => fs.openSync(name, fs.constants.O_RDONLY | fs.constants.O_CREAT, 0o600)
  const opened = tryTo(open, (error) => (there ? cause(error) : cannotStore(file, error)))
  if (!there) own(name, file)
  return opened
}

/** If root made this file, gives it to the owner of the config. */
function own(made, file) {
  const { uid, gid } = fs.statSync(file)
  tryTo(() => fs.chownSync(made, uid, gid)) // only root may do this
}

function makeLock(directory) {
  const failed = (error) => error.code !== 'EEXIST' && cannotStore(directory, error)
  const made = tryTo(() => fs.mkdirSync(directory) || true, failed)
  if (made) fs.writeFileSync(`${directory}/owner`, `${process.pid} ${longestRun()}`)
  return made
}

/**
 * Removes a lock that was left over: its process is gone, or its owner has not changed for longer than a run can take (another
 * process may now have the same number). It counts the seconds itself, because the clock may have been set back. Only one run can
 * make "broken" inside a lock. That run reads the owner again before it removes the lock.
 */
function breakLock(directory, seen) {
  const owner = lockOwner(directory)
  seen.waited = owner === seen.owner ? seen.waited + 1 : 0
  seen.owner = owner
  const [pid, limit = 300] = owner.split(' ')
  if (seen.waited < limit && !isGone(pid)) return false
  const broken = `${directory}/broken`
  if (seen.waited >= Number(limit) + 10) tryTo(() => fs.rmdirSync(broken)) // a run ended while it broke the lock
  const first = tryTo(() => fs.mkdirSync(broken) || true)
  if (!first) return false
  if (lockOwner(directory) !== owner) return tryTo(() => fs.rmdirSync(broken))
  fs.renameSync(directory, `${directory}.${process.pid}`)
  removeLock(`${directory}.${process.pid}`)
  return true
}

const lockOwner = (directory) => tryTo(() => fs.readFileSync(`${directory}/owner`, 'utf8')) || ''

const isGone = (pid) =>
  pid &&
  tryTo(
    () => !process.kill(Number(pid), 0),
    (error) => error.code === 'ESRCH',
  )

function removeLock(directory) {
  remove(`${directory}/owner`)
  tryTo(() => fs.rmdirSync(`${directory}/broken`))
  fs.rmdirSync(directory)
}

const remove = (name) => fs.existsSync(name) && fs.unlinkSync(name)

// --- storing the refresh token that comes back ---

/** Names the file for the next token, after the token that it replaces: someone may put another config in its place. */
const newFile = (file, values) => `${file}.new-${fingerprint(values.refresh_token)}`

const rehearsed = (values) => `another-${values.refresh_token}`

/** Tries to write the new file in the same way as later with the next token. Returns the function that removes it. */
function rehearse(file, values) {
  const made = newFile(file, values)
  const tidy = atEnd(() => remove(made))
  const make = () => {
    removeNew(file)
    copyMode(file, made)
    writeNew(made, file, rehearsed(values))
  }
  tryTo(make, (error) => tidy() || cannotStore(file, error))
  return tidy
}

/** Removes the files that earlier runs left when the power failed. */
function removeNew(file) {
  for (const name of fs.readdirSync(path.dirname(file))) {
    if (name.startsWith(`${path.basename(file)}.new-`)) fs.unlinkSync(path.join(path.dirname(file), name))
  }
}

/** Makes a file with the owner, the mode and, if the command cp can copy it, the ACL of another file. */
function copyMode(file, made) {
  if (!WINDOWS && spawnSync('cp', ['-p', file, made]).status === 0) return
  remove(made)
  fs.closeSync(fs.openSync(made, 'wx', 0o600))
  own(made, file)
  fs.chmodSync(made, fs.statSync(file).mode & 0o777)
}

const writeNew = (made, file, token) => write(made, withToken(fs.readFileSync(file, 'utf8'), token))

function cannotStore(file, { code, message }) {
  const full = 'that disk is full: free some space'
  const readOnly = `that disk is read-only: move ${file} to a disk that can be written`
  const cure = { EROFS: readOnly, ENOSPC: full, EDQUOT: full }[code] || 'make the folder writable for this user'
  const where = `where the next refresh token must be stored (${code || message})`
  stop(1, `can't write beside ${file}, ${where}: ${cure}`)
}

/** Returns the config's text with another refresh token. Changes nothing else, if possible. */
function withToken(text, refresh_token) {
  const wanted = { ...parse(text), refresh_token }
  const line = /("refresh_token"\s*:\s*)"(?:[^"\\]|\\.)*"/g
  const changed = text.replace(line, (_, name) => name + JSON.stringify(refresh_token))
  if (JSON.stringify(parse(changed)) === JSON.stringify(wanted)) return changed
  return `${JSON.stringify(wanted, null, 2)}\n`
}

function write(name, text) {
  const opened = fs.openSync(name, 'w', 0o600)
  try {
    fs.writeFileSync(opened, text)
    fs.fsyncSync(opened)
  } finally {
    fs.closeSync(opened)
  }
}

function store(file, values, token) {
  const made = newFile(file, values)
  const lost = ({ code }) => stop(1, `couldn't write ${made} (${code}); the old refresh token may be used up: mint a new one`)
  tryTo(() => writeNew(made, file, token), lost)
  putInPlace(made, file)
}

/** Replaces the config by the new file: a reader finds the old one or the new one, never half of one. */
function putInPlace(made, file) {
  const replaced = tryTo(() => fs.renameSync(made, file) || true)
  if (!replaced) return overwrite(made, file)
  toDisk(path.dirname(file))
}

function toDisk(name) {
  if (WINDOWS) return
  const opened = fs.openSync(name, 'r')
  fs.fsyncSync(opened)
  fs.closeSync(opened)
}

/** Overwrites the config: a single mounted file can't be replaced. */
function overwrite(made, file) {
  const rescue = ({ code }) => {
    fs.renameSync(made, `${file}.rescued`)
    stop(1, `couldn't write ${file} (${code}); the newest token is in ${file}.rescued: put it in its place`)
  }
  tryTo(() => write(file, fs.readFileSync(made, 'utf8')), rescue)
  const cure = 'a power cut while it is written would lose the token: mount its folder instead'
  say(`warning: ${file} can't be replaced in one step; ${cure}`)
}

/** If a power cut left a complete file with the next token, puts it in the place of the config whose token it replaces. */
function adoptNew(file, values) {
  const made = newFile(file, values)
  const left = parseFile(made)
  if (!left || !usable(left.refresh_token) || left.refresh_token === rehearsed(values)) return
  if (JSON.stringify({ ...values, refresh_token: left.refresh_token }) !== JSON.stringify(left)) return
  toDisk(made)
  putInPlace(made, file)
  values.refresh_token = left.refresh_token
}

// --- CONFIG.access, for cached ---

function cachedAccessToken(file, values) {
  const kept = parseFile(`${file}.access`) || {}
  const now = Date.now() / 1000
  const good = kept.received_at <= now && now < kept.expires_at - 60
  return good && kept.fingerprint === fingerprint(values.refresh_token) && isToken(kept.access_token) && kept.access_token
}

function cacheAccessToken(file, values, { access_token, expires_in }) {
  if (!fs.existsSync(file) || !/^\d{1,9}(\.\d+)?$/.test(expires_in)) return
  const received_at = Math.floor(Date.now() / 1000)
  const expires_at = received_at + Math.floor(expires_in)
  const made = `${file}.access.${process.pid}`
  try {
    write(made, JSON.stringify({ received_at, expires_at, fingerprint: fingerprint(values.refresh_token), access_token }))
    own(made, file)
    fs.renameSync(made, `${file}.access`)
  } catch (error) {
    remove(made)
    say(`warning: can't write ${file}.access (${error.code}): the next run will refresh again`)
  }
}

/** Returns a short hash that identifies a refresh token without showing it. */
const fingerprint = (token) => createHash('sha256').update(token).digest('hex').slice(0, 8)

// --- one request ---

/** Encodes one value as application/x-www-form-urlencoded. */
const form = (text) => new URLSearchParams([['', text]]).toString().slice(1)

const basic = (id, secret) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

/** Returns the refresh request (RFC 6749 section 6). It sends the client's credentials in the way that the config says. */
function request(values) {
  const { client_id, client_secret, refresh_token } = values
  const fields = new URLSearchParams({ grant_type: 'refresh_token', refresh_token })
  const headers = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    connection: 'close',
  }
  const method = authMethod(values)
  if (method === 'client_secret_basic') headers.authorization = basic(form(client_id), form(client_secret)) // section 2.3.1
  if (method === 'client_secret_basic_raw') headers.authorization = basic(client_id, client_secret)
  if (method === 'client_secret_post' || method === 'none') fields.set('client_id', client_id)
  if (method === 'client_secret_post') fields.set('client_secret', client_secret)
  const body = fields.toString()
  headers['content-length'] = body.length
  return { body, headers }
}

/** Sends the request and waits for the whole answer, however slowly it comes: { status, headers, text, sent, error }. */
async function ask(values) {
  const exchange = { status: 0, headers: {}, text: '', sent: false, error: null }
  const url = new URL(values.token_endpoint)
  const sockets = []
  const chunks = []
  let timer
  try {
    const { socket, path, headers } = await within(Math.min(20, timeout()), connect(url, sockets))
    exchange.sent = true
    timer = setTimeout(() => socket.destroy(new Error(`${timeout()} seconds are over`)), timeout() * 1000)
    const { body, headers: ours } = request(values)
    const response = await exchangeOver(socket, 'POST', path, { host: url.host, ...ours, ...headers }, body)
    Object.assign(exchange, { status: response.statusCode, headers: response.headers })
    let length = 0
    for await (const chunk of response) {
      length += chunk.length
      if (length > LARGEST_ANSWER) break
      chunks.push(chunk)
    }
    if (!response.complete && length <= LARGEST_ANSWER) throw new Error('the connection broke off')
  } catch (error) {
    exchange.error = error
  }
  clearTimeout(timer)
  sockets.ended = true
  for (const socket of sockets) socket.destroy()
  exchange.text = Buffer.concat(chunks).toString()
  return exchange
}

const exchangeOver = (socket, method, path, headers, body) =>
  new Promise((resolve, reject) => {
    http
      .request({ method, path, headers, createConnection: () => socket })
      .on('response', resolve)
      .on('connect', resolve)
      .on('error', reject)
      .end(body)
  })

/** Connects to the token endpoint, or to the proxy in the environment. Returns also the path and headers that the request needs. */
async function connect(url, sockets) {
  const proxy = proxyFor(url)
  const target = `${url.pathname}${url.search}`
  const socket = await connectToAny(proxy || url, sockets)
  if (proxy === null) return { socket: await secure(socket, url), path: target, headers: {} }
  const toProxy = await secure(socket, proxy)
  const [user, password] = [proxy.username, proxy.password].map(decodeURIComponent)
  const headers = user ? { 'proxy-authorization': basic(user, password) } : {}
  if (url.protocol === 'http:') return { socket: toProxy, path: url.href, headers }
  const host = `${url.hostname}:${portOf(url)}`
  const { statusCode } = await exchangeOver(toProxy, 'CONNECT', host, { host, ...headers })
  if (statusCode !== 200) throw new Error(`the proxy answered ${statusCode}`)
  return { socket: await secure(toProxy, url), path: target, headers: {} }
}

const bare = (hostname) => hostname.replace(/^\[|\]$/g, '')
const portOf = ({ port, protocol }) => Number(port) || (protocol === 'https:' ? 443 : 80)

/** Returns the proxy from HTTPS_PROXY or HTTP_PROXY (or in lower case). Returns null for NO_PROXY and loopback addresses. */
function proxyFor(url) {
  const named = (name) => process.env[name.toLowerCase()] || process.env[name] || ''
  const proxy = named(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  const host = bare(url.hostname)
  const excepted = named('NO_PROXY')
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((name) => name.toLowerCase().replace(/^\*?\./, ''))
    .some((name) => name === '*' || [host, `${host}:${portOf(url)}`].some((ours) => `.${ours}`.endsWith(`.${name}`)))
  if (!proxy || isLoopback(url) || excepted) return null
  const address = proxy.includes('://') ? proxy : `http://${proxy}`
  if (!isHttpUrl(address)) stop(1, 'HTTPS_PROXY and HTTP_PROXY must begin with http:// or https://')
  return new URL(address)
}

/** Tries a host's addresses, a new one every half second, and uses the first that answers (RFC 8305 section 5). */
async function connectToAny(url, sockets) {
  const addresses = await promisify(dns.lookup)(bare(url.hostname), { all: true, verbatim: true })
  const socket = await new Promise((resolve, reject) => {
    let failed = 0
    const tryNext = () => {
      if (sockets.ended || sockets.length === addresses.length) return
      const socket = net.connect(portOf(url), addresses[sockets.length].address)
      sockets.push(socket)
      const timer = setTimeout(tryNext, 500)
      socket.once('connect', () => resolve(socket, clearTimeout(timer)))
      socket.once('error', (error) => {
        clearTimeout(timer)
        if (++failed === addresses.length) reject(error)
        else tryNext()
      })
    }
    tryNext()
  })
  for (const other of sockets) if (other !== socket) other.destroy()
  sockets.ended = true
  return socket
}

function secure(socket, { protocol, hostname }) {
  if (protocol === 'http:') return socket
  const host = bare(hostname)
  return new Promise((resolve, reject) => {
    const secured = tls.connect({ socket, host, servername: net.isIP(host) ? '' : host }, () => resolve(secured))
    secured.once('error', reject)
    secured.once('close', () => reject(new Error('the connection was closed')))
  })
}

function within(seconds, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no connection within ${seconds} seconds`)), seconds * 1000)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

// --- what an answer means ---

const POLICY = 'Sign in again as the policy requires, or ask an administrator to exempt this account'
/** Refused for now: after a person has fixed it, the same token works again. */
const REFUSED = {
  'User disabled': 'Let an administrator enable the account, then run this again',
  'offline access not granted anymore': 'Give the user the role and the client the scope offline_access, then run this again',
  'Invalid token issuer':
    'It was minted at another address of the provider: set OAUTH2_ISSUER to the address that this device uses, and mint again',
  "Token client and authorized client don't match": 'It was minted for another client: set client_id in the config to that one',
  AADSTS50076: POLICY,
  AADSTS50079: POLICY,
  AADSTS53003: POLICY,
}
const DEAD = ['invalid_grant', 'bad_refresh_token', 'token_inactive', 'invalid_code']
const DEAD_WORDS = [
  'RefreshToken refresh_token invalid',
  'is invalid or has already been claimed by another client',
  'Refresh token expired',
] // Strava's, and Dex's
const CLIENT = ['invalid_client', 'unauthorized_client', 'incorrect_client_credentials']
const BUSY = ['temporarily_unavailable', 'server_error', 'slow_down']

/** Returns the members of a good answer. Otherwise throws an error that says what the answer means. */
function judge(exchange, { token_endpoint: url }) {
  const { status } = exchange
  const answer = parse(exchange.text) || {}
  const good = status >= 200 && status < 300 && status !== 204 && status !== 205
  if (good && (usable(answer.refresh_token) || isToken(answer.access_token))) {
    if (answer.refresh_token && !usable(answer.refresh_token)) {
      say(`warning: ${url} sent a refresh token with characters that no token may have; the old one stays`)
    }
    return answer
  }
  if (exchange.error) throw noAnswer(exchange, url)
  const { code, words } = said(answer)
  const all = [code, words].filter(Boolean).join(': ')
  const quoted = all.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 300)
  const holds = (part) => `${all} `.split(part).some((after, i) => i > 0 && !/^\d/.test(after)) // AADSTS500760 is another code
  const refused = Object.keys(REFUSED).find(holds)
  if (refused) stop(1, `the provider refuses the refresh token for now (${quoted}). ${REFUSED[refused]}`)
  if (DEAD.includes(code) || DEAD_WORDS.some(holds)) {
    stop(2, `the refresh token does not work any more (${quoted}). Mint a new one with Offline Token Mint`)
  }
  if (CLIENT.includes(code) || status === 401) {
    const cure = 'Check client_id, client_secret and token_endpoint_auth_method'
    stop(1, `the provider refused the client's credentials (${quoted || 'status 401'}). ${cure}`)
  }
  if ([408, 425, 429].includes(status) || status >= 500 || BUSY.includes(code) || /too many requests/i.test(words)) {
    const asked = secondsAsked(exchange.headers)
    const lost = status === 504 // a gateway lost the answer
    throw new TryAgain(`${url} answered ${status}${quoted && ` (${quoted})`}`, { asked, lost })
  }
  if (code && !((status >= 300 && status < 400) || status === 403 || status === 404)) {
    const cure = "Check the config against the client's registration at the provider"
    stop(1, `the provider refused, with status ${status} (${quoted}). ${cure}`)
  }
  const cure =
    'is it a sign-in page of the network, or maintenance? Run this again later; if that does not help, check token_endpoint'
  stop(3, `${url} did not answer with tokens (status ${status}${quoted && `, ${quoted}`}): ${cure}`)
}

/** Returns the provider's error code and words. Providers put them in different places. */
function said({ error, errors, error_description, message, errmsg, detail, title }) {
  const inner = (typeof error === 'object' && error) || {}
  const listed = (Array.isArray(errors) && errors[0]) || {}
  const strava = listed.code ? [listed.resource, listed.field, listed.code].join(' ') : ''
  return {
    code: first(error, inner.code, inner.type, listed.errorType, strava),
    words: first(error_description, inner.message, message, listed.message, errmsg, detail, title),
  }
}

const first = (...values) => String(values.find((value) => value && ['string', 'number'].includes(typeof value)) || '')

/** Returns an error that says why there is no complete answer, and what to do. */
function noAnswer({ error, sent }, url) {
  if (error instanceof Stop) return error
  const why = error.code || error.message
  if (!sent && /CERT|SIGNATURE|ISSUER/.test(why)) {
    const year = new Date().getFullYear()
    if (year < 2025) {
      const cure = 'set the clock (NTP), then run this again'
      return new Stop(3, `this machine's clock says ${year}, so no certificate can be checked: ${cure}`)
    }
    const cure = "check its name and date, this machine's clock, or name the authority's file in NODE_EXTRA_CA_CERTS"
    return new Stop(1, `the certificate of ${url} is not trusted (${why}): ${cure}`)
  }
  return new TryAgain(`${sent ? 'no whole answer from' : "can't reach"} ${url} (${why})`, { lost: sent })
}

/** RFC 6749 appendix A.12 and A.17: printable ASCII, nothing else. */
const isToken = (value) => typeof value === 'string' && /^[\x20-\x7e]+$/.test(value)

const usable = (token) => isToken(token) && token.length <= LONGEST_TOKEN

/** Reads Retry-After (RFC 9110 section 10.2.3): seconds, or a date, which we compare with the Date header of the same answer. */
function secondsAsked(headers) {
  const value = headers['retry-after'] || ''
  if (/^\d+$/.test(value)) return Number(value)
  return (Date.parse(value) - (Date.parse(headers.date) || Date.now())) / 1000 || 0
}

// --- trying, and signals ---

/** Returns the answer's members, after `keep` has stored a new refresh token. `keep` is null if the token stays the same. */
async function refresh(values, keep) {
  const began = process.uptime()
  for (let number = 1; ; number++) {
    const { answer, failure } = await attempt(values, keep)
    if (answer) return answer
    const { message, asked, lost } = failure
    if (lost && keep) {
      const why = 'if the provider has replaced the token, using the old one again could end the new one'
      stop(3, `${message}. This run does not send it again: ${why}. Run this again later`)
    }
    if (asked > LONGEST_WAIT) stop(3, `${message} and asks to wait ${Math.round(asked)} seconds: run this again then`)
    // 1 to 2 seconds, then 2 to 4, 4 to 8; random, so that not all devices retry at the same moment
    const seconds = Math.max(asked, 2 ** (number - 1) * (1 + Math.random()))
    if (number >= setting('REFRESH_TRIES', 5) || process.uptime() - began + seconds > longestRun()) {
      stop(3, `${message}; gave up after ${number} tries: run this again later`)
    }
    say(`${message}; trying again in ${seconds.toFixed(1)} s`)
    await sleep(seconds)
  }
}

async function attempt(values, keep) {
  mayStop = keep === null
  try {
    const answer = judge(await ask(values), values)
    if (keep && usable(answer.refresh_token) && answer.refresh_token !== values.refresh_token) {
      keep(answer.refresh_token)
      values.refresh_token = answer.refresh_token
    }
    return { answer }
  } catch (failure) {
    if (!(failure instanceof TryAgain)) throw failure
    return { failure }
  } finally {
    mayStop = true
    if (interrupted) leave()
  }
}

/** While a request with a one-time token runs, a signal must wait: it would lose the answer. */
let mayStop = true
let interrupted = 0
const cleanups = new Set()

/** Returns a function that cleans up. If a signal ends the run first, it cleans up, too, but only once. */
function atEnd(clean) {
  const once = () => cleanups.delete(once) && clean()
  cleanups.add(once)
  return once
}

function leave() {
  for (const clean of [...cleanups].reverse()) clean()
  process.exit(interrupted)
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === PROGRAM) {
  main().catch((error) => {
    say(error instanceof Stop ? error.message : error.stack)
    process.exitCode = error.exitCode || 1
  })
}
