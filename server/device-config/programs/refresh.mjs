#!/usr/bin/env node
/**
 * Gets an OAuth 2.0 access token for this device and prints it on standard output. Messages go to standard error.
 *
 *     node refresh.mjs [--cached] [CONFIG]
 *
 *     import { accessToken } from './refresh.mjs'
 *     await accessToken({ config: 'config.json', cached: true })    // throws an Error with an exitCode
 *
 * CONFIG is config.json beside this program, or the file that you name. Where there is no config.json, the values are read from
 * the environment (OAUTH2_TOKEN_ENDPOINT, …). The refresh token that comes back is written into CONFIG before the access token is
 * printed, unless refresh_token_usage is "keep". --cached prints the last access token again (from CONFIG.access) while it is
 * good for another minute. Needs Node 12.20, no packages. NODE_EXTRA_CA_CERTS names further certificate authorities;
 * HTTPS_PROXY, HTTP_PROXY and NO_PROXY are heeded.
 *
 * Exit codes: 0  the access token is printed
 *             1  a person must fix something: CONFIG, the disk, the client, the account, a certificate
 *             2  the refresh token is dead: mint a new one
 *             3  not now (network, provider busy, wrong clock): run it again later
 * Environment: REFRESH_TIMEOUT  seconds to wait for an answer (120); REFRESH_TRIES  how often to try (5)
 */
// Why it locks, rehearses and never repeats a request whose answer was lost: docs/one-time-tokens.md of Offline Token Mint.
// Written for the oldest Node that still runs somewhere: no ?. or ??, no top-level await.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import dns from 'node:dns'
import fs from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import tls from 'node:tls'
import { fileURLToPath, URL, URLSearchParams } from 'node:url'

const PROGRAM = fileURLToPath(import.meta.url)
const BESIDE = path.join(path.dirname(PROGRAM), 'config.json')

/** An access token for the config in this file. Throws Stop. */
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
      values = readConfig(file) // the run that held the lock may have stored another token
      token = cached && cachedAccessToken(file, values)
      if (token) return token
      rehearse(file) // after the request it would be too late to learn that nothing can be stored
      answer = await refresh(values, (newest) => store(file, newest))
    } finally {
      unlock()
    }
  }
  if (!isToken(answer.access_token)) {
    throw new Stop(3, 'the provider sent no access token; the refresh token is good: run this again later')
  }
  if (cached) cacheAccessToken(file, values, answer)
  return answer.access_token
}

async function main() {
  const options = process.argv.slice(2).filter((word) => word.startsWith('-'))
  const config = process.argv.slice(2).find((word) => !word.startsWith('-'))
  const unknown = options.find((option) => option !== '--cached')
  if (unknown === '--help')
    return console.log(
      fs
        .readFileSync(PROGRAM, 'utf8')
        .split('\n')
        .slice(2, 22)
        .join('\n')
        .replace(/^ \* ?/gm, ''),
    )
  if (unknown) throw new Stop(1, `${unknown} is not an option: node refresh.mjs [--cached] [CONFIG]`)
  if (config && !fs.existsSync(config)) throw new Stop(1, `${config} is not there: download it from Offline Token Mint`)
  for (const [signal, exitCode] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
    process.on(signal, () => {
      interrupted = exitCode
      if (mayStop) leave()
    })
  }
  console.log(await accessToken({ config, cached: options.length > 0 }))
}

/** Ends the run; the message says what to do. `exitCode` is 1, 2 or 3. */
class Stop extends Error {
  constructor(exitCode, message) {
    super(message)
    this.exitCode = exitCode
  }
}

/** This try brought nothing, the next may. `asked`: seconds that the provider wants to be left alone; `lost`: nobody knows what it did. */
class TryAgain extends Error {
  constructor(message, { asked = 0, lost = false } = {}) {
    super(message)
    this.asked = asked
    this.lost = lost
  }
}

const CONNECT_TIMEOUT = 20 // seconds, for all addresses together
const LARGEST_ANSWER = 1 << 20
const LONGEST_TOKEN = 48 << 10
const LONGEST_WAIT = 120 // seconds; when the provider asks for more, that is left to the next run
const AUTH_METHODS = ['client_secret_basic', 'client_secret_basic_raw', 'client_secret_post', 'none']
const WINDOWS = process.platform === 'win32'

const say = (message) => process.stderr.write(`refresh.mjs: ${message}\n`)

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

function setting(name, byDefault) {
  const value = process.env[name] || String(byDefault)
  if (!/^[1-9]\d*$/.test(value)) throw new Stop(1, `${name} must be a whole number, e.g. ${byDefault}`)
  return Number(value)
}

const timeout = () => setting('REFRESH_TIMEOUT', 120)
const longestRun = () => (timeout() * 5) / 2

// --- the config ---

/** The values in the file, or of the environment. Throws Stop, naming the cure, when something in them can't be used. */
function readConfig(file) {
  const there = fs.existsSync(file)
  const where = there ? file : 'the environment'
  const values = there ? readJson(file) : readEnvironment(file)
  if (there && !WINDOWS && fs.statSync(file).mode & 0o004) {
    say(`warning: everybody on this machine can read ${file}: chmod 600 ${file}`)
  }
  const method = authMethod(values)
  if (!AUTH_METHODS.includes(method)) {
    throw new Stop(1, `token_endpoint_auth_method in ${where} must be one of ${AUTH_METHODS.join(', ')}`)
  }
  const needed = ['token_endpoint', 'client_id', 'refresh_token', ...(method === 'none' ? [] : ['client_secret'])]
  for (const name of needed) {
    if (typeof values[name] === 'string' && values[name] !== '') continue
    throw new Stop(1, `${where} lacks ${name}: download it again from Offline Token Mint`)
  }
  if (values.client_secret === '<CLIENT_SECRET>') {
    throw new Stop(1, `client_secret in ${where} still is <CLIENT_SECRET>: write the client's secret in its place`)
  }
  if (!isHttpUrl(values.token_endpoint)) {
    throw new Stop(1, `token_endpoint in ${where} must be a URL that begins with https://`)
  }
  const url = new URL(values.token_endpoint)
  if (url.protocol === 'http:' && !isLoopback(url)) {
    say(`warning: ${url} is plain http: anyone on the network can read the tokens`)
  }
  return values
}

function readJson(file) {
  let text
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (error) {
    throw new Stop(1, `${file} can't be read (${error.code}): run as its owner, or chown it`)
  }
  const values = parse(text)
  if (values === null) throw new Stop(1, `${file} is not a JSON object: download it again from Offline Token Mint`)
  return values
}

/** A JSON object, with a BOM or without, or null. */
function parse(text) {
  try {
    const value = JSON.parse(text.replace(/^\ufeff/, ''))
    return typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch (_) {
    return null
  }
}

function readEnvironment(file) {
  const names = [
    'token_endpoint',
    'client_id',
    'client_secret',
    'refresh_token',
    'token_endpoint_auth_method',
    'refresh_token_usage',
  ]
  const values = {}
  for (const name of names) values[name] = process.env[`OAUTH2_${name.toUpperCase()}`] || undefined
  if (!values.token_endpoint) {
    const source = 'download config.json from Offline Token Mint and put it beside this program'
    throw new Stop(1, `${file} is not there, nor is OAUTH2_TOKEN_ENDPOINT in the environment: ${source}`)
  }
  if (values.refresh_token_usage !== 'keep') {
    const why = "may work only once, and the next one can't be written there"
    const cure = `put the values into ${file} instead (OAUTH2_REFRESH_TOKEN_USAGE is not keep)`
    throw new Stop(1, `the refresh token in the environment ${why}: ${cure}`)
  }
  return values
}

const authMethod = (values) =>
  values.token_endpoint_auth_method || (values.client_secret ? 'client_secret_basic' : 'none')

function isHttpUrl(text) {
  try {
    return /^https?:\/\//.test(text) && new URL(text).hostname !== ''
  } catch (_) {
    return false
  }
}

const isLoopback = ({ hostname }) => /^(localhost|127\..*|\[::1\])$/.test(hostname)

// --- one run at a time ---

/**
 * Locks file.lock by flock(1), which the kernel gives back when this process ends. Where there is no flock (macOS, Windows), a
 * directory. Returns what unlocks it.
 */
async function lock(file) {
  const directory = `${file}.lock.d`
  const opened = openLock(file)
  const seen = { owner: '', waited: 0 }
  for (let waited = 0; waited < longestRun(); waited++) {
    const { error, status } = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', opened] })
    if (status === 0) return () => fs.closeSync(opened)
    const missing = error && error.code === 'ENOENT'
    if (missing && makeLock(directory)) return () => removeFolder(directory)
    if (!missing || !breakLock(directory, seen)) await sleep(1)
  }
  throw new Stop(3, `another run is still busy with ${file}: try again later`)
}

function openLock(file) {
  try {
    if (!fs.existsSync(`${file}.lock`)) {
      fs.closeSync(fs.openSync(`${file}.lock`, 'a', 0o600))
      own(`${file}.lock`, file)
    }
  } catch (error) {
    throw cannotStore(file, error)
  }
  try {
    return fs.openSync(`${file}.lock`, 'r')
  } catch (error) {
    throw new Stop(1, `can't open ${file}.lock (${error.code}): another user made it; remove it`)
  }
}

/** Gives a file that root made to the owner of the config. */
function own(made, file) {
  const { uid, gid } = fs.statSync(file)
  try {
    fs.chownSync(made, uid, gid)
  } catch (_) {
    // only root may give a file away
  }
}

function makeLock(directory) {
  try {
    fs.mkdirSync(directory)
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
  fs.writeFileSync(`${directory}/owner`, `${process.pid} ${longestRun()}`)
  return true
}

/**
 * A lock is left over when its owner is gone, or stayed the same for longer than a run can take (another process may have the
 * number of a dead one). The clock is not asked: it may have been set back. Only one run gets to make "broken" inside a lock,
 * and looks again whose lock that is before it takes it away.
 */
function breakLock(directory, seen) {
  try {
    const owner = lockOwner(directory)
    seen.waited = owner === seen.owner ? seen.waited + 1 : 0
    seen.owner = owner
    const [pid, limit = 300] = owner.split(' ')
    const tooLong = seen.waited >= limit
    if (!tooLong && !(pid && isGone(pid))) return false
    const stuck = seen.waited >= Number(limit) + 10 && fs.existsSync(`${directory}/broken`)
    if (stuck) fs.rmdirSync(`${directory}/broken`) // a run ended while it broke the lock
    fs.mkdirSync(`${directory}/broken`)
    if (lockOwner(directory) !== owner) {
      fs.rmdirSync(`${directory}/broken`)
      return false
    }
    fs.renameSync(directory, `${directory}.${process.pid}`)
    removeFolder(`${directory}.${process.pid}`)
    return true
  } catch (_) {
    return false // another run was quicker
  }
}

const lockOwner = (directory) =>
  fs.existsSync(`${directory}/owner`) ? fs.readFileSync(`${directory}/owner`, 'utf8') : ''

function isGone(pid) {
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

function removeFolder(folder) {
  remove(`${folder}/owner`)
  if (fs.existsSync(`${folder}/broken`)) fs.rmdirSync(`${folder}/broken`)
  fs.rmdirSync(folder)
}

function remove(name) {
  if (fs.existsSync(name)) fs.unlinkSync(name)
}

// --- storing the refresh token that comes back ---

/** Writes file.new as it will be written with the next token. It is taken away when the run ends. */
function rehearse(file) {
  try {
    tidy = () => remove(`${file}.new`)
    writeNew(file, `another-${readJson(file).refresh_token}`)
  } catch (error) {
    tidy()
    throw error instanceof Stop ? error : cannotStore(file, error)
  }
}

function cannotStore(file, error) {
  const full = 'that disk is full: free some space'
  const cures = {
    EROFS: `that disk is read-only: move ${file} to a disk that can be written`,
    ENOSPC: full,
    EDQUOT: full,
  }
  const cure = cures[error.code] || 'make the folder writable for this user'
  return new Stop(
    1,
    `can't write beside ${file}, where the next refresh token must be stored (${error.code || error.message}): ${cure}`,
  )
}

/** The config's text with another refresh token, and all else as it was found, where that can be done. */
function withToken(text, refresh_token) {
  const wanted = { ...parse(text), refresh_token }
  const changed = text.replace(
    /("refresh_token"\s*:\s*)"(?:[^"\\]|\\.)*"/g,
    (_, name) => name + JSON.stringify(refresh_token),
  )
  if (JSON.stringify(parse(changed)) === JSON.stringify(wanted)) return changed
  return `${JSON.stringify(wanted, null, 2)}\n`
}

/** Writes file.new, with owner, mode and ACL of file; it is on the disk when this returns. */
function writeNew(file, token) {
  const made = `${file}.new`
  remove(made)
  if (WINDOWS || spawnSync('cp', ['-p', file, made]).status !== 0) {
    remove(made)
    fs.closeSync(fs.openSync(made, 'wx', 0o600))
    own(made, file)
    fs.chmodSync(made, fs.statSync(file).mode & 0o777)
  }
  write(made, withToken(fs.readFileSync(file, 'utf8'), token))
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

/** Puts the token into the config: a reader finds the old file or the new one, never half of one. */
function store(file, token) {
  try {
    writeNew(file, token)
  } catch (error) {
    const cure = 'the old refresh token may be used up: mint a new one'
    throw new Stop(1, `couldn't write ${file}.new (${error.code}); ${cure}`)
  }
  try {
    fs.renameSync(`${file}.new`, file)
  } catch (_) {
    return overwrite(file)
  }
  if (!WINDOWS) syncFolder(path.dirname(file))
}

/** A file that is mounted by itself can't be replaced, only written. */
function overwrite(file) {
  try {
    write(file, fs.readFileSync(`${file}.new`, 'utf8'))
  } catch (error) {
    fs.renameSync(`${file}.new`, `${file}.rescued`)
    const cure = `the newest token is in ${file}.rescued: put it in its place`
    throw new Stop(1, `couldn't write ${file} (${error.code}); ${cure}`)
  }
  const cure = 'a power cut while it is written would lose the token: mount its folder instead'
  say(`warning: ${file} can't be replaced in one step; ${cure}`)
}

function syncFolder(folder) {
  const opened = fs.openSync(folder, 'r')
  fs.fsyncSync(opened)
  fs.closeSync(opened)
}

// --- CONFIG.access, for cached ---

function cachedAccessToken(file, values) {
  if (!fs.existsSync(`${file}.access`)) return null
  try {
    const kept = JSON.parse(fs.readFileSync(`${file}.access`, 'utf8'))
    const now = Date.now() / 1000
    const good = kept.received_at <= now && now < kept.expires_at - 60
    return good && kept.fingerprint === fingerprint(values.refresh_token) && isToken(kept.access_token)
      ? kept.access_token
      : null
  } catch (_) {
    return null
  }
}

function cacheAccessToken(file, values, { access_token, expires_in, refresh_token }) {
  if (!fs.existsSync(file) || !/^\d{1,9}(\.\d+)?$/.test(expires_in)) return
  const now = Math.floor(Date.now() / 1000)
  const current = (values.refresh_token_usage !== 'keep' && usable(refresh_token)) || values.refresh_token
  const kept = {
    received_at: now,
    expires_at: now + Math.floor(expires_in),
    fingerprint: fingerprint(current),
    access_token,
  }
  const made = `${file}.access.${process.pid}`
  try {
    write(made, JSON.stringify(kept))
    own(made, file)
    fs.renameSync(made, `${file}.access`)
  } catch (error) {
    remove(made)
    say(`warning: can't write ${file}.access (${error.code}): the next run will refresh again`)
  }
}

/** Of which refresh token the access token is, without showing it. */
const fingerprint = (token) => createHash('sha256').update(token).digest('hex').slice(0, 8)

// --- one request ---

/** application/x-www-form-urlencoded, of one value. */
const form = (text) => new URLSearchParams([['', text]]).toString().slice(1)

const basic = (id, secret) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

/** The refresh request (RFC 6749 section 6), with the client's credentials sent in the way that was proven. */
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

/** Sends the request and waits for the whole answer, however slowly it drips: { status, headers, text, sent, error }. */
async function ask(values) {
  const url = new URL(values.token_endpoint)
  const exchange = { status: 0, headers: {}, text: '', sent: false, error: null }
  try {
    const { socket, path: target, headers } = await within(Math.min(CONNECT_TIMEOUT, timeout()), connect(url))
    exchange.sent = true
    await exchangeOver(socket, target, { host: url.host, ...headers }, request(values), exchange)
  } catch (error) {
    exchange.error = error
  }
  return exchange
}

function exchangeOver(socket, target, more, { body, headers }, exchange) {
  return new Promise((resolve, reject) => {
    const chunks = []
    let length = 0
    const timer = setTimeout(() => socket.destroy(new Error(`${timeout()} seconds are over`)), timeout() * 1000)
    const end = (settle, value) => {
      clearTimeout(timer)
      exchange.text = Buffer.concat(chunks).toString()
      socket.destroy()
      settle(value)
    }
    const options = { method: 'POST', path: target, headers: { ...headers, ...more }, createConnection: () => socket }
    http
      .request(options, (response) => {
        exchange.status = response.statusCode
        exchange.headers = response.headers
        response.on('data', (chunk) => {
          length += chunk.length
          if (length > LARGEST_ANSWER) return end(resolve)
          chunks.push(chunk)
        })
        response.on('aborted', () => end(reject, new Error('the connection broke off')))
        response.on('error', (error) => end(reject, error))
        response.on('end', () => end(resolve))
      })
      .on('error', (error) => end(reject, error))
      .end(body)
  })
}

/** A connection to the token endpoint, through a proxy where the environment names one, and what the request must say there. */
async function connect(url) {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  const target = `${url.pathname}${url.search}`
  const proxy = proxyFor(url, port)
  if (proxy === null) {
    const socket = await connectToAny(bare(url.hostname), port)
    return {
      socket: url.protocol === 'https:' ? await secure(socket, bare(url.hostname)) : socket,
      path: target,
      headers: {},
    }
  }
  let socket = await connectToAny(bare(proxy.hostname), Number(proxy.port) || (proxy.protocol === 'https:' ? 443 : 80))
  if (proxy.protocol === 'https:') socket = await secure(socket, bare(proxy.hostname))
  const user = decodeURIComponent(proxy.username)
  const headers = user ? { 'proxy-authorization': basic(user, decodeURIComponent(proxy.password)) } : {}
  if (url.protocol === 'http:') return { socket, path: url.href, headers }
  const tunnel = await throughProxy(socket, `${url.hostname}:${port}`, headers)
  return { socket: await secure(tunnel, bare(url.hostname)), path: target, headers: {} }
}

const bare = (hostname) => hostname.replace(/^\[|\]$/g, '')

/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in either case of letters; never for loopback addresses. */
function proxyFor(url, port) {
  const named = (name) => process.env[name.toLowerCase()] || process.env[name] || ''
  const proxy = named(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  const host = bare(url.hostname)
  const excepted = named('NO_PROXY')
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((name) => name.toLowerCase().replace(/^\*?\./, ''))
    .some(
      (name) => name === '*' || [host, `${host}:${port}`].some((ours) => ours === name || ours.endsWith(`.${name}`)),
    )
  if (!proxy || isLoopback(url) || excepted) return null
  const address = proxy.includes('://') ? proxy : `http://${proxy}`
  if (!/^https?:/.test(address) || !isHttpUrl(address))
    throw new Stop(1, 'HTTPS_PROXY and HTTP_PROXY must begin with http:// or https://')
  return new URL(address)
}

/** Connects to a name's addresses one after the other; one that leads nowhere does not use up the time of the next. */
async function connectToAny(host, port) {
  const addresses = await new Promise((resolve, reject) =>
    dns.lookup(host, { all: true, verbatim: true }, (error, found) => (error ? reject(error) : resolve(found))),
  )
  const until = Date.now() + Math.min(CONNECT_TIMEOUT, timeout()) * 1000
  let failure
  for (let i = 0; i < addresses.length; i++) {
    const share = Math.max(until - Date.now(), 1000) / (addresses.length - i + 0.5) // the rest is for the TLS handshake
    const socket = net.connect(port, addresses[i].address)
    try {
      await within(share / 1000, happens(socket, 'connect'))
      return socket
    } catch (error) {
      socket.destroy()
      failure = error
    }
  }
  throw failure
}

async function secure(socket, host) {
  const secured = tls.connect({ socket, host, servername: net.isIP(host) ? '' : host })
  await happens(secured, 'secureConnect')
  return secured
}

function throughProxy(socket, authority, headers) {
  return new Promise((resolve, reject) => {
    http
      .request({
        method: 'CONNECT',
        path: authority,
        headers: { host: authority, ...headers },
        createConnection: () => socket,
      })
      .on('connect', ({ statusCode }) =>
        statusCode === 200 ? resolve(socket) : reject(new Error(`the proxy answered ${statusCode}`)),
      )
      .on('error', reject)
      .end()
  })
}

function happens(socket, event) {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the connection was closed')))
  })
}

function within(seconds, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no connection within ${Math.round(seconds)} seconds`)), seconds * 1000)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

// --- what an answer means ---

const policy = 'An administrator must take the sign-in policy off this account, or pass it: sign in again'
/** For now: a person fixes it, and the same token works again. */
const REFUSED = [
  [/User disabled/, 'Let an administrator enable the account, then run this again'],
  [
    /offline access not granted anymore/,
    'Give the user the role and the client the scope offline_access again, then run this again',
  ],
  [
    /Invalid token issuer/,
    'It was minted through another address: mint again with OAUTH2_ISSUER set to the address that this device uses',
  ],
  [
    /Token client and authorized client don't match/,
    'It was minted for another client: set client_id in the config to that one',
  ],
  [/AADSTS(50076|50079|53003)(?!\d)/, policy],
]
const DEAD = ['invalid_grant', 'bad_refresh_token', 'token_inactive', 'invalid_code']
const DEAD_WORDS = /has already been claimed by another client|Refresh token expired/ // Dex
const CLIENT = ['invalid_client', 'unauthorized_client', 'incorrect_client_credentials']
const BUSY = ['temporarily_unavailable', 'server_error', 'slow_down']

/** The members of a good answer. Throws what the answer means otherwise. */
function judge(exchange, values) {
  const url = values.token_endpoint
  const { status } = exchange
  const answer = parse(exchange.text) || {}
  if (
    status >= 200 &&
    status < 300 &&
    status !== 204 &&
    status !== 205 &&
    (usable(answer.refresh_token) || isToken(answer.access_token))
  ) {
    if (answer.refresh_token && !usable(answer.refresh_token)) {
      say(`warning: ${url} sent a refresh token with characters that no token may have; the old one stays`)
    }
    return answer
  }
  if (exchange.error || status === 0) throw noAnswer(exchange, url)
  const { code, words } = said(answer)
  const quoted = [code, words]
    .filter(Boolean)
    .join(': ')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .slice(0, 300)
  const refused = REFUSED.find(([pattern]) => pattern.test(words))
  if (refused) throw new Stop(1, `the provider refuses the refresh token for now (${quoted}). ${refused[1]}`)
  if (DEAD.includes(code) || /^RefreshToken.* invalid$/.test(code) || DEAD_WORDS.test(words)) {
    throw new Stop(2, `the refresh token does not work any more (${quoted}). Mint a new one with Offline Token Mint`)
  }
  if (CLIENT.includes(code) || status === 401) {
    const cure = 'Check client_id, client_secret and token_endpoint_auth_method'
    throw new Stop(1, `the provider refused the client's credentials (${quoted || 'status 401'}). ${cure}`)
  }
  if (status === 504) throw new TryAgain(`${url} answered 504: its own server was too slow`, { lost: true })
  if ([408, 425, 429].includes(status) || status >= 500 || BUSY.includes(code) || /too many requests/i.test(words)) {
    throw new TryAgain(`${url} answered ${status}${quoted && ` (${quoted})`}`, {
      asked: secondsAsked(exchange.headers),
    })
  }
  if (code && !((status >= 300 && status < 400) || status === 403 || status === 404)) {
    const cure = "Check the config against the client's registration at the provider"
    throw new Stop(1, `the provider refused, with status ${status} (${quoted}). ${cure}`)
  }
  const cure =
    'a sign-in page of the network, or maintenance? Run this again later; if it stays so, check token_endpoint'
  throw new Stop(3, `${url} answered something else than tokens (status ${status}${quoted && `, ${quoted}`}): ${cure}`)
}

/** The provider's code and words, from where providers put them. */
function said({ error, errors, error_description, message, errmsg, detail, title }) {
  const inner = typeof error === 'object' && error !== null ? error : {}
  const listed = (Array.isArray(errors) && errors[0]) || {}
  const strava = listed.code ? [listed.resource, listed.field, listed.code].join(' ') : ''
  return {
    code: first(error, inner.code, inner.type, listed.errorType, strava),
    words: first(error_description, inner.message, message, listed.message, errmsg, detail, title),
  }
}

const first = (...values) => String(values.find((value) => value && ['string', 'number'].includes(typeof value)) || '')

/** Why there is no whole answer, as what to do about it. */
function noAnswer({ error, sent }, url) {
  if (error instanceof Stop) return error
  const why = (error && (error.code || error.message)) || 'nothing came'
  if (!sent && /CERT|SIGNATURE|ISSUER/.test(why)) {
    if (Date.now() < Date.UTC(2025, 0)) {
      const cure = 'set the clock (NTP), then run this again'
      return new Stop(
        3,
        `this machine's clock says ${new Date().getFullYear()}, so no certificate can be checked: ${cure}`,
      )
    }
    const cure = "check its name and date, this machine's clock, or name the authority's file in NODE_EXTRA_CA_CERTS"
    return new Stop(1, `the certificate of ${url} is not trusted (${why}): ${cure}`)
  }
  return sent
    ? new TryAgain(`no whole answer from ${url} (${why})`, { lost: true })
    : new TryAgain(`can't reach ${url} (${why})`)
}

/** RFC 6749 appendix A.12 and A.17: printable ASCII, nothing else. */
const isToken = (value) => typeof value === 'string' && /^[\x20-\x7e]+$/.test(value)

const usable = (token) => (isToken(token) && token.length <= LONGEST_TOKEN ? token : null)

/** Retry-After (RFC 9110 section 10.2.3): seconds, or a date, which is compared with the Date of the same answer. */
function secondsAsked(headers) {
  const value = headers['retry-after'] || ''
  if (/^\d+$/.test(value)) return Number(value)
  return (Date.parse(value) - (Date.parse(headers.date) || Date.now())) / 1000 || 0
}

// --- trying ---

/** While a one-time token is on its way a signal waits: it must not cost the answer. */
let mayStop = true
let interrupted = 0
let tidy = () => {}

function leave() {
  tidy()
  process.exit(interrupted)
}

/** The answer's members; a new refresh token is stored before this returns. `keep` is null where it need not be. */
async function refresh(values, keep) {
  const began = process.uptime()
  try {
    for (let number = 1; ; number++) {
      const { answer, failure } = await attempt(values, keep)
      if (answer) return answer
      if (failure.lost && keep) {
        const why = 'if the provider did replace the token, a second use could end it'
        throw new Stop(3, `${failure.message}. It is not sent again now: ${why}. Run this again later`)
      }
      if (failure.asked > LONGEST_WAIT) {
        throw new Stop(
          3,
          `${failure.message} and asks to wait ${Math.round(failure.asked)} seconds: run this again then`,
        )
      }
      // 1 to 2 seconds, then 2 to 4, 4 to 8: not all devices at the same moment
      const seconds = Math.max(failure.asked, 2 ** (number - 1) * (1 + Math.random()))
      if (number >= setting('REFRESH_TRIES', 5) || process.uptime() - began + seconds > longestRun()) {
        throw new Stop(3, `${failure.message}; gave up after ${number} tries: run this again later`)
      }
      say(`${failure.message}; trying again in ${seconds.toFixed(1)} s`)
      await sleep(seconds)
    }
  } finally {
    tidy()
  }
}

async function attempt(values, keep) {
  mayStop = keep === null
  try {
    const answer = judge(await ask(values), values)
    const newest = usable(answer.refresh_token)
    if (keep && newest && newest !== values.refresh_token) keep(newest)
    return { answer }
  } catch (failure) {
    if (!(failure instanceof TryAgain)) throw failure
    return { failure }
  } finally {
    mayStop = true
    if (interrupted) leave()
  }
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === PROGRAM) {
  main().catch((error) => {
    say(error instanceof Stop ? error.message : error.stack)
    process.exitCode = error.exitCode || 1
  })
}
