import type { OAuth2Config } from '../config/config.js'
import type { AppError } from '../errors.js'
import { type Discovered, discover } from './discovery.js'
import { ENDPOINTS, type MetadataRemark, readEndpoints } from './endpoints.js'
import type { ProviderFetch } from './http.js'

/** The provider's metadata (RFC 8414). Endpoints that are set in the environment replace its own. */
export interface ProviderMetadata {
  /** null without an issuer: then we compare no `iss`. */
  issuer: string | null
  /** In the spelling of `URL`. */
  authorization_endpoint: string
  token_endpoint: string
  userinfo_endpoint: string | null
  introspection_endpoint: string | null
  revocation_endpoint: string | null
  jwks_uri: string | null
  device_authorization_endpoint: string | null
  /** The whole document, with these endpoints; null without discovery. */
  discovered: Record<string, unknown> | null
  /** Members that we don't use, with the reason. */
  remarks: MetadataRemark[]
}

/** Loads the metadata: in the background until it succeeds, and again if it may have changed. */
export interface MetadataSource {
  /** Returns the metadata at once if it is loaded, else asks now. Rejects with the provider's `AppError`. */
  get(): Promise<ProviderMetadata>
  /** Asks now in any case. Rejects with the reason if it fails; the loaded metadata stays. */
  again(fetch?: ProviderFetch): Promise<ProviderMetadata>
  /** An endpoint failed, so its address may have changed: asks again in the background, at most once in 30 s. */
  doubt(): void
  /** Returns the loaded metadata without a request; `problem` says why it is missing. */
  readonly current: ProviderMetadata | null
  readonly problem: AppError | null
  /** Starts to load in the background, and retries after 1 s, 2 s, … at most 30 s, until it succeeds. */
  start(): void
  stop(): void
}

/** The shortest time between two reads after failed endpoints, in milliseconds. */
const COOLDOWN = 30_000

export function createMetadataSource(config: OAuth2Config, fetch: ProviderFetch): MetadataSource {
  let current: ProviderMetadata | null = null
  let problem: AppError | null = null
  let loading: Promise<ProviderMetadata> | null = null
  let timer: NodeJS.Timeout | null = null
  let doubted = Number.NEGATIVE_INFINITY
  let stopped = false

  const again = (by: ProviderFetch = fetch): Promise<ProviderMetadata> => {
    loading ??= discover(config, by)
      .then((discovered) => {
        current = lay(config, discovered)
        problem = null
        return current
      })
      .finally(() => {
        loading = null
      })
    return loading
  }

  const load = async (): Promise<ProviderMetadata> => {
    try {
      return await again()
    } catch (error) {
      problem = error as AppError
      // If both endpoints are set, a sign-in works without discovery; the background keeps trying.
      if (!bothEndpoints(config)) throw error
      current ??= lay(config, null)
      return current
    }
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
    again,
    doubt() {
      if (stopped || performance.now() - doubted < COOLDOWN) return
      doubted = performance.now()
      again().catch(() => {})
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

/** Endpoints from the environment win over discovered ones. */
function lay(config: OAuth2Config, found: Discovered | null): ProviderMetadata {
  const { endpoints, remarks } = readEndpoints(config, found?.document ?? {}, found?.url ?? '')
  return {
    ...endpoints,
    issuer: config.issuer,
    authorization_endpoint: endpoints.authorization_endpoint as string,
    token_endpoint: endpoints.token_endpoint as string,
    discovered: found && usable(found.document, { ...endpoints }),
    remarks,
  }
}

/** Returns the document with only the endpoints that we read. */
function usable(document: Record<string, unknown>, endpoints: Record<string, string | null>): Record<string, unknown> {
  const read = Object.entries(document).filter(([name]) => !(ENDPOINTS as readonly string[]).includes(name))
  return Object.fromEntries([...read, ...Object.entries(endpoints).filter(([, value]) => value !== null)])
}
