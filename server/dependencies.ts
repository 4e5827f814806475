import type { Config } from './config/config.js'
import { peopleRead } from './log/lines.js'
import { createLogger } from './log/logger.js'
import { createFetch } from './provider/http.js'
import { createMetadataSource } from './provider/metadata.js'
import { createProvider, type Provider } from './provider/provider.js'
import { openStores } from './stores/stores.js'
import { openCounters } from './web/counters.js'
import { openSessionStore } from './web/sessions/session-store.js'
import type { Dependencies } from './web/site.js'

/** Makes what the running app needs from its settings; a test gives its own clock, pauses and logger. */
export async function createDependencies(
  config: Config,
  given: Partial<Pick<Dependencies, 'now' | 'logger' | 'pause'>> = {},
): Promise<Dependencies & { close(): Promise<void> }> {
  const { now = Date.now, logger = ownLogger(config) } = given
  const client = createProviderClient(config, { now, log: logger })
  const { records, redis, close } = await openStores(config, now, logger)
  const sessionStore = await openSessionStore(config, redis, now, logger)
  return {
    provider: client.provider,
    records,
    sessionStore,
    countIn: await openCounters(redis),
    lifecycle: { ending: false },
    logger,
    now,
    ...(given.pause && { pause: given.pause }),
    async close() {
      sessionStore.close?.()
      await Promise.all([close(), client.close()])
    },
  }
}

/** Makes the provider's client, as the settings say that the provider is reached. */
export function createProviderClient(
  config: Config,
  around: Parameters<typeof createProvider>[3] = {},
): { provider: Provider; close(): Promise<void> } {
  const http = createFetch({
    ca: config.oauth2.ca,
    proxy: config.demo ? { http: null, https: null, no: null } : config.proxy,
    // The demo provider is ourselves, whatever name and port the browser knows us by.
    connectTo: config.demo ? { host: ownAddress(config.host), port: config.port } : null,
  })
  const metadata = createMetadataSource(config.oauth2, http.fetch)
  return {
    provider: createProvider(config.oauth2, metadata, http.fetch, around),
    async close() {
      metadata.stop()
      await http.close()
    },
  }
}

const ownLogger = ({ logLevel, logFormat }: Config) =>
  createLogger(logLevel, logFormat === 'lines' ? peopleRead(process.stdout) : undefined)

const ownAddress = (host: string | null) =>
  host === null || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
