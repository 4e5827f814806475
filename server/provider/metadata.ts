import type { Endpoints, OAuth2Config } from '../config/config.js'
import { AppError } from '../errors.js'
import type { Answer } from './answer.js'
import type { ProviderFetch } from './http.js'

/** What the provider says of itself (RFC 8414), with the endpoints set in the environment laid over it. */
export interface ProviderMetadata {
  /** null when no issuer is known: then no `iss` is compared. */
  issuer: string | null
  authorization_endpoint: string
  token_endpoint: string
  userinfo_endpoint: string | null
  introspection_endpoint: string | null
  revocation_endpoint: string | null
  jwks_uri: string | null
  /** RFC 8628 §4. */
  device_authorization_endpoint: string | null
  /** The whole document as it was found; null without discovery. */
  discovered: Record<string, unknown> | null
}

/** Where the metadata comes from; loaded once, in the background, and again until it is there. */
export interface MetadataSource {
  /** At once when known; else asks now. Rejects with the provider's `AppError`. */
  get(): Promise<ProviderMetadata>
  /** What is known now, without asking; `problem` says why not. */
  readonly current: ProviderMetadata | null
  readonly problem: AppError | null
  /** Begins to load in the background, again after 1 s, 2 s, … never more than 30 s until it is there. */
  start(): void
  stop(): void
}

const DISCOVERY_TIMEOUT = 5_000
const DISCOVERY_LIMIT = 256 * 1024

export function createMetadataSource(config: OAuth2Config, fetch: ProviderFetch): MetadataSource {
  let current: ProviderMetadata | null = null
  let problem: AppError | null = null
  let loading: Promise<ProviderMetadata> | null = null
  let timer: NodeJS.Timeout | null = null
  let stopped = false

  const load = (): Promise<ProviderMetadata> => {
    loading ??= discover(config, fetch)
      .then((discovered) => {
        current = lay(config, discovered)
        problem = null
        return current
      })
      .catch((error: AppError) => {
        problem = error
        // With both endpoints set, a discovery that fails does not hinder; the background goes on asking.
        if (!bothEndpoints(config)) throw error
        current ??= lay(config, null)
        return current
      })
      .finally(() => {
        loading = null
      })
    return loading
  }

  const keepTrying = (delay: number): void => {
    load()
      .catch(() => {})
      .finally(() => {
        if (problem === null || stopped) return
        timer = setTimeout(() => keepTrying(Math.min(delay * 2, 24_000)), delay * (0.75 + Math.random() / 2))
        timer.unref()
      })
  }

  return {
    async get() {
      return current ?? load()
    },
    get current() {
      return current
    },
    get problem() {
      return problem
    },
    start: () => keepTrying(1_000),
    stop() {
      stopped = true
      if (timer) clearTimeout(timer)
    },
  }
}

const bothEndpoints = ({ endpoints }: OAuth2Config) =>
  endpoints.authorization_endpoint !== null && endpoints.token_endpoint !== null

/**
 * OpenID Connect Discovery 1.0 §4, then RFC 8414 §3; null where nothing is to be discovered.
 * @throws AppError when it is there but not the issuer's, or not there at all.
 */
export async function discover(config: OAuth2Config, fetch: ProviderFetch): Promise<Record<string, unknown> | null> {
  if (config.issuer === null && config.discoveryUrl === null) return null
  let last: AppError | null = null
  for (const url of discoveryUrls(config)) {
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      timeout: DISCOVERY_TIMEOUT,
      limit: DISCOVERY_LIMIT,
    })
    const document = response.status === 200 ? await readObject(response) : null
    if (document) return checkMetadata(document, url, config)
    last ??= new AppError('provider_malformed', `${url} answered ${response.status}, and no metadata.`, {
      hint: 'Is OAUTH2_ISSUER right? A Keycloak before 17 has /auth in it: https://host/auth/realms/NAME. A provider without discovery takes OAUTH2_AUTHORIZATION_ENDPOINT and OAUTH2_TOKEN_ENDPOINT.',
    })
  }
  throw last
}

/** Where the metadata may be, in order. */
export function discoveryUrls({ issuer, discoveryUrl }: Pick<OAuth2Config, 'issuer' | 'discoveryUrl'>): string[] {
  if (discoveryUrl !== null) return [discoveryUrl]
  const { origin, pathname } = new URL(issuer as string)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ]
}

async function readObject(response: Answer): Promise<Record<string, unknown> | null> {
  try {
    const value = await response.json()
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

function checkMetadata(document: Record<string, unknown>, url: string, config: OAuth2Config): Record<string, unknown> {
  const refuse = (detail: string, hint: string): never => {
    throw new AppError('provider_malformed', detail, { hint })
  }
  if (config.issuer !== null && document.issuer !== config.issuer) {
    refuse(
      `The metadata at ${url} is that of the issuer ${shown(document.issuer)}, not of ${config.issuer}.`,
      'OAUTH2_ISSUER must be written exactly as the provider spells it, up to a slash at its end.',
    )
  }
  for (const name of ENDPOINTS) {
    const value = document[name]
    const needed = name === 'authorization_endpoint' || name === 'token_endpoint'
    if (config.endpoints[name] !== null || (value === undefined && !needed)) continue
    if (typeof value !== 'string' || !/^https?:\/\//.test(value) || !URL.canParse(value)) {
      refuse(`The metadata at ${url} has no usable ${name}.`, `Set OAUTH2_${name.toUpperCase()} to the right URL.`)
    } else if (config.issuer?.startsWith('https:') && value.startsWith('http:')) {
      refuse(
        `The metadata at ${url} names a ${name} on plain http although the issuer is on https.`,
        'Mend it at the provider (behind a proxy, Keycloak needs KC_PROXY_HEADERS and KC_HOSTNAME), or set the endpoint yourself.',
      )
    }
  }
  return document
}

const shown = (value: unknown) => (typeof value === 'string' ? value.slice(0, 200) : 'nobody')

const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
  'introspection_endpoint',
  'revocation_endpoint',
  'jwks_uri',
] as const

/** What was set in the environment wins over what was discovered. */
function lay(config: OAuth2Config, discovered: Record<string, unknown> | null): ProviderMetadata {
  const endpoint = (name: keyof Endpoints) =>
    config.endpoints[name] ?? (typeof discovered?.[name] === 'string' ? (discovered[name] as string) : null)
  return {
    issuer: config.issuer,
    authorization_endpoint: endpoint('authorization_endpoint') as string,
    token_endpoint: endpoint('token_endpoint') as string,
    userinfo_endpoint: endpoint('userinfo_endpoint'),
    introspection_endpoint: endpoint('introspection_endpoint'),
    revocation_endpoint: endpoint('revocation_endpoint'),
    jwks_uri: endpoint('jwks_uri'),
    device_authorization_endpoint: endpoint('device_authorization_endpoint'),
    discovered,
  }
}
