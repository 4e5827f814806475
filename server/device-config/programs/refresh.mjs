#!/usr/bin/env node
/**
 * Gets a fresh OAuth 2.0 access token for this device and prints it on standard output; all else goes to standard error.
 *
 *     node refresh.mjs [config.json]
 *
 * Reads config.json beside it (or the file named), sends its refresh token, and writes the refresh token that comes back into
 * config.json before the access token is printed, unless refresh_token_usage is "keep". Needs Node 20, no packages.
 * Certificates are checked; NODE_EXTRA_CA_CERTS names further authorities. HTTPS_PROXY is heeded with NODE_USE_ENV_PROXY=1, by
 * the later releases of Node 22 and all of 24.
 *
 * Exit codes: 0  the access token is printed
 *             1  something must be put right first: config.json, the client, the provider's address or certificate
 *             2  the refresh token is dead (invalid_grant): mint a new one
 *             3  no luck this time (network, provider busy): run it again later
 * Environment: REFRESH_TIMEOUT  seconds for one try (20)
 *              REFRESH_TRIES    how often to try (5)
 *
 * A try whose answer was lost is made again with the same refresh token. If the provider had already replaced it, the next
 * answer is invalid_grant: the replacement was in the lost answer, and nobody else has it.
 */
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const LARGEST_ANSWER = 65536
const LONGEST_WAIT = 120 // seconds; asked to wait longer, it leaves that to the next run
const AUTH_METHODS = ['client_secret_basic', 'client_secret_basic_raw', 'client_secret_post', 'none']
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/** Ends the run; the message says what to do. */
class Stop extends Error {
  constructor(exitCode, message) {
    super(message)
    this.exitCode = exitCode
  }
}

/** This try brought nothing, the next may. `asked`: seconds to wait, as the provider said; `lost`: nobody knows what it did. */
class TryAgain extends Error {
  constructor(message, { asked = 0, lost = false }) {
    super(message)
    this.asked = asked
    this.lost = lost
  }
}

const say = (message) => process.stderr.write(`${path.basename(process.argv[1])}: ${message}\n`)

function setting(name, byDefault) {
  const value = Number(process.env[name] || byDefault)
  if (!(value > 0)) throw new Stop(1, `${name} must be a number, e.g. ${byDefault}`)
  return value
}

// --- the config ---

/** The config as it is in the file. Throws Stop, naming the cure, when something in it can't be used. */
function readConfig(file) {
  const again = 'download it again from Offline Token Mint'
  const config = parse(readText(file).replace(/^\ufeff/, ''))
  if (config === null) throw new Stop(1, `${file} is not a JSON object: ${again}`)

  const method = authMethod(config)
  if (!AUTH_METHODS.includes(method)) {
    throw new Stop(1, `token_endpoint_auth_method in ${file} must be one of ${AUTH_METHODS.join(', ')}`)
  }
  const needed = ['token_endpoint', 'client_id', 'refresh_token', ...(method === 'none' ? [] : ['client_secret'])]
  for (const name of needed) {
    if (typeof config[name] !== 'string' || config[name] === '') throw new Stop(1, `${file} lacks ${name}: ${again}`)
  }
  if (config.client_secret === '<CLIENT_SECRET>') {
    throw new Stop(1, `client_secret in ${file} still is <CLIENT_SECRET>: write the client's secret in its place`)
  }
  if (!/^https?:\/\//.test(config.token_endpoint) || !URL.canParse(config.token_endpoint)) {
    throw new Stop(1, `token_endpoint in ${file} must be a URL that begins with https://`)
  }
  return config
}

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    const missing = `${file} is not there: download it from Offline Token Mint and put it beside this program`
    const unreadable = `${file} can't be read (${error.code}): run as its owner, or chown it`
    throw new Stop(1, error.code === 'ENOENT' ? missing : unreadable)
  }
}

/** A JSON object, or null. */
function parse(text) {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

function authMethod(config) {
  return config.token_endpoint_auth_method || (config.client_secret ? 'client_secret_basic' : 'none')
}

function warn(file, config) {
  if (process.platform !== 'win32' && fs.statSync(file).mode & 0o004) {
    say(`warning: everybody on this machine can read ${file}: chmod 600 ${file}`)
  }
  const { protocol, hostname } = new URL(config.token_endpoint)
  if (protocol === 'http:' && !/^(localhost|127\..*|\[::1\])$/.test(hostname)) {
    say(`warning: ${config.token_endpoint} is plain http: anybody on the way can read the tokens`)
  }
}

// --- one run at a time ---

/**
 * Two runs must not send the same one-time token. flock(1) locks a file that we keep open, and the lock goes when this
 * process does; where there is no flock, a directory, which the next run takes away when its owner is gone.
 * Returns what releases it.
 */
async function lock(file) {
  const directory = `${file}.lock.d`
  const opened = openLock(`${file}.lock`)
  const longest = setting('REFRESH_TIMEOUT', 20) * setting('REFRESH_TRIES', 5)
  for (let waited = 0; waited < longest; waited++) {
    const { error, status } = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', opened] })
    if (status === 0) return () => fs.closeSync(opened)
    if (error && makeLock(directory)) return () => fs.rmSync(directory, { recursive: true })
    if (!error || !breakLock(directory)) await sleep(1000)
  }
  throw new Stop(3, `another run is still busy with ${file}: try again later`)
}

function openLock(name) {
  try {
    return fs.openSync(name, 'a', 0o600)
  } catch (error) {
    if (!fs.existsSync(name)) throw error
    throw new Stop(1, `can't write ${name}: remove it, another user made it`)
  }
}

function makeLock(directory) {
  try {
    fs.mkdirSync(directory)
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
  fs.writeFileSync(`${directory}/pid`, String(process.pid))
  return true
}

/** Only one run gets to make "broken" inside a lock, and looks again whose lock that is before it takes it away. */
function breakLock(directory) {
  try {
    const owner = lockOwner(directory)
    if (!abandoned(directory, owner)) return false
    fs.mkdirSync(`${directory}/broken`)
    if (lockOwner(directory) !== owner) return fs.rmdirSync(`${directory}/broken`)
    fs.renameSync(directory, `${directory}.${process.pid}`)
    fs.rmSync(`${directory}.${process.pid}`, { recursive: true })
    return true
  } catch {
    return false // somebody else was quicker
  }
}

const lockOwner = (directory) => fs.existsSync(`${directory}/pid`) && fs.readFileSync(`${directory}/pid`, 'utf8')

function abandoned(directory, owner) {
  const longestRun = setting('REFRESH_TRIES', 5) * (setting('REFRESH_TIMEOUT', 20) + LONGEST_WAIT)
  if (Date.now() - fs.statSync(directory).mtimeMs > longestRun * 1000) return true
  try {
    if (owner) process.kill(Number(owner), 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

function notWritable(file, error) {
  const cure = 'where the refresh token that comes back must be kept: make the folder writable for this user'
  return new Stop(1, `can't write beside ${file} (${error.code ?? error.message}), ${cure}`)
}

// --- keeping the refresh token that comes back ---

/** Writes the config to file.new, with the mode and owner of file; it is on the disk when this returns. */
function writeNew(file, config) {
  fs.rmSync(`${file}.new`, { force: true })
  const before = fs.statSync(file)
  const opened = fs.openSync(`${file}.new`, 'wx', 0o600)
  try {
    fs.fchownSync(opened, before.uid, before.gid)
  } catch {
    // only root may give a file away
  }
  fs.fchmodSync(opened, before.mode & 0o777)
  write(opened, config)
}

function write(opened, config) {
  fs.writeFileSync(opened, `${JSON.stringify(config, null, 2)}\n`)
  fs.fsyncSync(opened)
  fs.closeSync(opened)
}

/** Puts the config in place of the old one: whoever looks finds the old or the new, never half of one. */
function save(file, config) {
  try {
    writeNew(file, config)
  } catch (error) {
    const cure = 'the old refresh token may be used up: mint a new one'
    throw new Stop(1, `couldn't write ${file}.new (${error.code}); ${cure}`)
  }
  try {
    fs.renameSync(`${file}.new`, file)
  } catch {
    return overwrite(file, config)
  }
  if (process.platform !== 'win32') syncFolder(path.dirname(file))
}

/** A file that is mounted by itself can't be replaced, only written. */
function overwrite(file, config) {
  try {
    write(fs.openSync(file, 'w'), config)
  } catch (error) {
    fs.renameSync(`${file}.new`, `${file}.rescued`)
    throw new Stop(
      1,
      `couldn't write ${file} (${error.code}); the newest token is in ${file}.rescued: put it in its place`,
    )
  }
  const cure = 'a power cut while it is written would lose the token: mount its folder instead'
  say(`warning: ${file} can't be replaced in one step; ${cure}`)
}

function syncFolder(folder) {
  const opened = fs.openSync(folder, 'r')
  fs.fsyncSync(opened)
  fs.closeSync(opened)
}

// --- one request ---

/** application/x-www-form-urlencoded, of one value. */
const form = (text) => new URLSearchParams([['', text]]).toString().slice(1)

const basic = (id, secret) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

/** The refresh request (RFC 6749 section 6), with the client's credentials sent in the way that was proven. */
function request(config) {
  const { client_id, client_secret, refresh_token } = config
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token })
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' }
  const method = authMethod(config)
  if (method === 'client_secret_basic') headers.authorization = basic(form(client_id), form(client_secret)) // section 2.3.1
  if (method === 'client_secret_basic_raw') headers.authorization = basic(client_id, client_secret)
  if (method === 'client_secret_post' || method === 'none') body.set('client_id', client_id)
  if (method === 'client_secret_post') body.set('client_secret', client_secret)
  return { method: 'POST', body, headers }
}

/** Sends the request and reads the whole answer. Follows no redirect. */
async function ask(config) {
  const url = config.token_endpoint
  const signal = AbortSignal.timeout(setting('REFRESH_TIMEOUT', 20) * 1000)
  try {
    const response = await fetch(url, { ...request(config), redirect: 'manual', signal })
    const chunks = []
    let length = 0
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk)
      length += chunk.length
      if (length > LARGEST_ANSWER) {
        throw new Stop(1, `the answer of ${url} is larger than ${LARGEST_ANSWER} bytes: is it a token endpoint?`)
      }
    }
    return { response, text: Buffer.concat(chunks).toString() }
  } catch (error) {
    if (error instanceof Stop) throw error
    const cause = error.cause ?? error
    if (/CERT|SIGNATURE|ISSUER/.test(cause.code)) {
      const cure = "check this machine's clock, or name the authority's file in NODE_EXTRA_CA_CERTS"
      throw new Stop(1, `the certificate of ${url} is not trusted (${cause.code}): ${cure}`)
    }
    throw new TryAgain(`no whole answer from ${url} (${cause.code || cause.message})`, { lost: true })
  }
}

/** One try: the answer's members. Throws TryAgain or Stop. */
async function refresh(config, file) {
  const url = config.token_endpoint
  const { response, text } = await ask(config)
  const { status } = response
  if (status === 429 || status >= 500) {
    throw new TryAgain(`${url} answered ${status}`, { asked: secondsAsked(response.headers.get('retry-after')) })
  }
  const answer = parse(text) ?? {}
  if (answer.error) throw refused(status, answer, file) // GitHub sends errors with status 200
  if (status >= 300 && status < 400) {
    const cure = `which is not followed: check token_endpoint in ${file}`
    throw new Stop(1, `${url} answered with a redirect (${status}), ${cure}`)
  }
  if (status !== 200) throw new Stop(1, `${url} answered ${status}: check token_endpoint in ${file}`)
  if (!isToken(answer.access_token) || !isToken(answer.refresh_token || config.refresh_token)) {
    const cure = `check token_endpoint in ${file} (a sign-in page of the network?)`
    throw new Stop(1, `${url} answered something else than tokens: ${cure}`)
  }
  return answer
}

function refused(status, answer, file) {
  const { error, error_description = 'no description' } = answer
  const said = `${error}: ${error_description}`.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 300)
  if (error === 'invalid_grant' || error === 'bad_refresh_token') {
    const cure = `Mint a new one with Offline Token Mint and put its config.json in place of ${file}.`
    return new Stop(2, `the refresh token does not work any more (${said}). ${cure}`)
  }
  if (error === 'invalid_client' || error === 'unauthorized_client') {
    const cure = `Check client_id, client_secret and token_endpoint_auth_method in ${file}.`
    return new Stop(1, `the provider refused the client's credentials (${said}). ${cure}`)
  }
  const cure = `Check ${file} against the client's registration at the provider.`
  return new Stop(1, `the provider refused, with status ${status} (${said}). ${cure}`)
}

/** RFC 6749 appendix A.12 and A.17: printable ASCII, nothing else. */
const isToken = (value) => typeof value === 'string' && /^[\x20-\x7e]+$/.test(value)

/** Retry-After (RFC 9110 section 10.2.3): seconds or a date; 0 when it is neither. */
function secondsAsked(retryAfter) {
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter)
  return Math.max((Date.parse(retryAfter) - Date.now()) / 1000 || 0, 0)
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

for (const [signal, exitCode] of Object.entries(SIGNALS)) {
  process.on(signal, () => {
    interrupted = exitCode
    if (mayStop) leave()
  })
}

/** One try; the refresh token that came back is in the config before this returns. */
async function refreshAndStore(config, file) {
  mayStop = false
  try {
    const answer = await refresh(config, file)
    const newest = answer.refresh_token || config.refresh_token
    if (newest !== config.refresh_token) save(file, { ...config, refresh_token: newest })
    return answer
  } finally {
    mayStop = true
    if (interrupted) leave()
  }
}

async function keepTrying(attempt, config, file) {
  const tries = setting('REFRESH_TRIES', 5)
  let lost = ''
  for (let number = 1; ; number++) {
    try {
      const { access_token } = await attempt(config, file)
      return access_token
    } catch (error) {
      if (error instanceof Stop && error.exitCode === 2) throw new Stop(2, error.message + lost)
      if (!(error instanceof TryAgain)) throw error
      if (number >= tries) throw new Stop(3, `${error.message}; gave up after ${tries} tries`)
      if (error.asked > LONGEST_WAIT) {
        throw new Stop(3, `${error.message} and asks to wait ${Math.round(error.asked)} seconds: run this again then`)
      }
      if (error.lost) lost = ' The answer to an earlier try was lost; it may have replaced this token.'
      // 1 to 2 seconds, then 2 to 4, 4 to 8: not all devices at the same moment
      const seconds = Math.max(error.asked, 2 ** (number - 1) * (1 + Math.random()))
      say(`${error.message}; trying again in ${seconds.toFixed(1)} s`)
      await sleep(seconds * 1000)
    }
  }
}

/** A fresh access token for the config in file. Throws Stop. */
async function accessToken(file) {
  const config = readConfig(file)
  warn(file, config)
  if (config.refresh_token_usage === 'keep') return keepTrying(refresh, config, file)
  try {
    const latest = await prepareToStore(file)
    return await keepTrying(refreshAndStore, latest, file)
  } finally {
    tidy()
  }
}

/** Takes the lock, and makes sure the config can be written before its token is used up. Returns the config. */
async function prepareToStore(file) {
  try {
    const release = await lock(file)
    tidy = () => {
      fs.rmSync(`${file}.new`, { force: true })
      release()
    }
    const config = readConfig(file) // whoever held the lock may have stored another token
    writeNew(file, config)
    return config
  } catch (error) {
    throw error instanceof Stop ? error : notWritable(file, error)
  }
}

const named = process.argv[2] ?? path.join(path.dirname(fileURLToPath(import.meta.url)), 'config.json')
try {
  console.log(await accessToken(fs.existsSync(named) ? fs.realpathSync(named) : named))
} catch (error) {
  if (!(error instanceof Stop)) throw error
  say(error.message)
  process.exitCode = error.exitCode
}
