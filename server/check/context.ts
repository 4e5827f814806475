import { randomBytes } from 'node:crypto'
import type { OAuth2Config } from '../config/config.js'
import { type Finding, skipped } from '../findings/finding.js'
import type { ProviderFetch } from '../provider/http.js'
import type { ProviderMetadata } from '../provider/metadata.js'
import type { Provider } from '../provider/provider.js'

/** What a check may use; its requests end with the check's own deadline. */
export interface CheckContext {
  baseUrl: string
  config: OAuth2Config
  provider: Provider
  fetch: ProviderFetch
  /** The same provider asked with other credentials: a control. */
  providerFor(config: OAuth2Config): Provider
  now: () => number
  /** What another check of this run has found. */
  found(id: string): Promise<Finding>
  /** A site that others use: no commands for an administrator are shown. */
  shared: boolean
}

/** Wraps a check that needs the provider's addresses; without them it is skipped. */
export function knowing(check: (context: CheckContext, metadata: ProviderMetadata) => Promise<Finding>) {
  return async (context: CheckContext): Promise<Finding> => {
    const metadata = await readAgain(context).catch(() => null)
    if (metadata) return check(context, metadata)
    return skipped('discovery', "Not checked: the provider's addresses are not known.")
  }
}

/** Milliseconds that a check waits for metadata which is known already, and may have changed. */
const FRESH = 2_000

/** The metadata as it is now; what was known before, where it can't be had or takes too long. */
async function readAgain({ provider: { metadata }, fetch }: CheckContext): Promise<ProviderMetadata> {
  const again = metadata.again(fetch)
  const { current } = metadata
  if (current === null) return again.catch(() => metadata.get())
  const late = new Promise<ProviderMetadata>((resolve) => setTimeout(resolve, FRESH, current).unref())
  return Promise.race([again.catch(() => current), late])
}

/** Makes up a name of a client, a secret or a token that does not exist. */
export const madeUp = (what: string): string => `made-up-${what}-${randomBytes(12).toString('hex')}`
