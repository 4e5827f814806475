import type { OAuth2Config } from '../config/config.js'
import type { AppError } from '../errors.js'
import { type Discovered, discover } from './discovery.js'
import { ENDPOINTS, type MetadataRemark, readEndpoints } from './endpoints.js'
import type { ProviderFetch } from './http.js'

/** What the provider says about itself (RFC 8414), with the endpoints set in the environment laid over it. */
export interface ProviderMetadata {
  /** null when no issuer is known: then no `iss` is compared. */
  issuer: string | null
  /** As `URL` spells them. */
  authorization_endpoint: string
  token_endpoint: string
  userinfo_endpoint: string | null
  introspection_endpoint: string | null
  revocation_endpoint: string | null
  jwks_uri: string | null
  device_authorization_endpoint: string | null
  /** The whole document, with the endpoints as they stand here; null without discovery. */
  discovered: Record<string, unknown> | null
  /** What in it is not used, and why. */
  remarks: MetadataRemark[]
}

/** Where the metadata comes from; loaded in the background until it is there, and again when it may have changed. */
export interface MetadataSource {
  /** At once when known; else asks now. Rejects with the provider's `AppError`. */
  get(): Promise<ProviderMetadata>
  /** Asks now although it is known. Rejects with why it can't be had; what is known stays. */
  again(fetch?: ProviderFetch): Promise<ProviderMetadata>
  /** An endpoint failed, so its address may have changed: asks again in the background, at most once in 30 s. */
  doubt(): void
  /** What is known now, without asking; `problem` says why not. */
  readonly current: ProviderMetadata | null
  readonly problem: AppError | null
  /** Begins to load in the background, again after 1 s, 2 s, … never more than 30 s until it is there. */
  start(): void
  stop(): void
}

/** Milliseconds between two doubts that are followed. */
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
      // With both endpoints set, a discovery that fails does not hinder; the background goes on asking.
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

/** What was set in the environment wins over what was discovered. */
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

/** The document with each endpoint as it was read, and none that was not. */
function usable(document: Record<string, unknown>, endpoints: Record<string, string | null>): Record<string, unknown> {
  const read = Object.entries(document).filter(([name]) => !(ENDPOINTS as readonly string[]).includes(name))
  return Object.fromEntries([...read, ...Object.entries(endpoints).filter(([, value]) => value !== null)])
}
