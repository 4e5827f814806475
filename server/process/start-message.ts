import { dirname } from 'node:path'
import type { Config } from '../config/config.js'
import { DEMO_USERS } from '../config/demo-realm.js'
import { isLoopback } from '../config/urls.js'
import { asked, loopbackWarning, presetFor } from '../knowledge/presets.js'
import type { Place } from './remote-machine.js'

/** What the message says besides the settings. */
export interface StartFacts {
  /** From `placeFrom`; null on the person's own machine. */
  place: Place | null
  /** From `askProviderAtStart`; null when the provider answers, or has not answered yet. */
  providerProblem: string | null
  /** Further lines for a person at a terminal; null if there is none. */
  terminal?: { version: string; seconds: number; rows: Row[]; bold: (text: string) => string } | null
}

/** One fact: a label, and the lines beside it. */
export type Row = [label: string, ...lines: string[]]

/** Writes the start message: the address to open, the provider, and the callback URL to register. */
export function startMessage(config: Config, { place, providerProblem, terminal = null }: StartFacts): string {
  const rows: Row[] = [
    ['Open', config.baseUrl],
    ...(terminal?.rows ?? []),
    ...(place && !config.shared ? [[place.name, ...place.advice(reach(config))] satisfies Row] : []),
    ...provider(config, providerProblem),
    ...(config.demo ? [signIn()] : []),
    ...listening(config),
    ...proxies(config),
    sessions(config),
    settingsFrom(config),
  ]
  const width = Math.max(...rows.map(([label]) => label.length)) + 2
  const lines = rows.flatMap(([label, ...lines]) =>
    lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(width)}${line}`),
  )
  const title = terminal
    ? terminal.bold(`Offline Token Mint ${terminal.version} is ready after ${terminal.seconds.toFixed(1)} s`)
    : 'Offline Token Mint is ready'
  return ['', `  ${title}`, '', ...lines, ''].join('\n')
}

function reach({ baseUrl, host, port }: Config) {
  const url = new URL(baseUrl)
  const target = host === null || host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return {
    baseUrl,
    port,
    browserPort: url.port || (url.protocol === 'https:' ? '443' : '80'),
    listener: `${target.includes(':') ? `[${target}]` : target}:${port}`,
  }
}

function provider({ demo, baseUrl, oauth2 }: Config, problem: string | null): Row[] {
  const preset = presetFor({ issuer: oauth2.issuer, ...oauth2.endpoints, metadata: null })
  const { scope, authorizationParams } = asked(preset, oauth2)
  const params = authorizationParams.map(([name, value]) => `${name}=${value}`)
  const warning = loopbackWarning(preset, baseUrl)
  const address = oauth2.issuer ?? oauth2.endpoints.token_endpoint ?? ''
  return [
    [
      'Provider',
      demo ? `${address} (demo, built in)` : address,
      ...(problem === null ? [] : [problem, '(the app keeps trying; people can sign in when the provider answers)']),
    ],
    [
      'Client',
      `${oauth2.clientId}, ${oauth2.clientSecret === null ? 'public (PKCE alone)' : 'with a secret'}${oauth2.pkce ? '' : ', without PKCE'}`,
    ],
    ['Scope', scope || "none (the provider's default)"],
    ...(params.length > 0 ? [['Parameters', params.join('&')] satisfies Row] : []),
    [
      'Callback URL',
      `${baseUrl}/auth/oauth2/callback`,
      ...(demo ? [] : ['(register exactly this for the client at the provider)']),
      ...(warning === null ? [] : [warning]),
    ],
  ]
}

function signIn(): Row {
  const width = Math.max(...DEMO_USERS.map(({ username }) => username.length))
  const users = DEMO_USERS.map(({ username, what }) => `${username.padEnd(width)}  ${what.split(':')[0]}`)
  const passwords = new Set(DEMO_USERS.map(({ password }) => password))
  return ['Sign in as', ...users, `(the password of each: ${[...passwords].join(', ')})`]
}

function listening({ host, port, shared }: Config): Row[] {
  if (host === null || shared || isLoopback(host)) return []
  const everywhere = host === '0.0.0.0' || host === '::'
  return [['Listens on', `${host}, port ${port}${everywhere ? ': on every network of this machine' : ''}`]]
}

function proxies({ shared, trustProxy }: Config): Row[] {
  if (!shared || trustProxy.length > 0) return []
  return [
    ['Proxy', 'set TRUST_PROXY to the address of the proxy that handles TLS, or every request counts as plain http'],
  ]
}

function sessions({ shared, redisUrl, sessionSecretGiven }: Config): Row {
  if (redisUrl !== null) return ['Sessions', `in Redis at ${new URL(redisUrl).host}`]
  if (shared) {
    return [
      'Sessions',
      'in memory, because REDIS_URL is not set: run only one process.',
      'A restart signs everyone out. Minted tokens still work.',
    ]
  }
  const why = sessionSecretGiven ? 'in memory' : 'in memory, with a random secret'
  return ['Sessions', `${why}: they end when the app stops. Minted tokens still work.`]
}

const NAMES_PER_LINE = 4

/** Says where the settings come from: a file and the names in it, or the folder without one. */
function settingsFrom({ envFile: { path, found, taken, overridden } }: Config): Row {
  if (!found) return ['Settings', `no .env in ${dirname(path)}`]
  if (taken.length + overridden.length === 0) return ['Settings', `${path} has no setting that this app reads`]
  return [
    'Settings',
    `from ${path}${taken.length > 0 ? ':' : ', but the environment overrides them all:'}`,
    ...inLines(taken.length > 0 ? taken : overridden),
    ...(taken.length > 0 && overridden.length > 0 ? inLines(overridden, 'overridden by the environment: ') : []),
  ]
}

function inLines(names: string[], before = ''): string[] {
  const lines = Array.from({ length: Math.ceil(names.length / NAMES_PER_LINE) }, (_, line) =>
    names.slice(line * NAMES_PER_LINE, (line + 1) * NAMES_PER_LINE).join(', '),
  )
  return lines.map((line, at) => `${at === 0 ? before : ''}${line}${at < lines.length - 1 ? ',' : ''}`)
}
