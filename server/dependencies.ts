import type { Dependencies } from './app.js'
import type { Config } from './config.js'
import { createLogger } from './log.js'
import { createFetch } from './provider/http.js'
import { createMetadataSource } from './provider/metadata.js'
import { createProvider, type Provider } from './provider/provider.js'
import { openStores } from './stores/stores.js'

/** What the running app needs, made from its settings; a test gives its own clock, pauses and logger. */
export async function createDependencies(
  config: Config,
  given: Partial<Pick<Dependencies, 'now' | 'logger' | 'pause'>> = {},
): Promise<Dependencies & { close(): Promise<void> }> {
  const { now = Date.now, logger = createLogger(config.logLevel) } = given
  const client = createProviderClient(config)
  const stores = await openStores(config, now, logger)
  return {
    provider: client.provider,
    records: stores.records,
    sessionStore: stores.sessionStore,
    countIn: stores.countIn,
    lifecycle: { ending: false },
    logger,
    now,
    ...(given.pause && { pause: given.pause }),
    async close() {
      await Promise.all([stores.close(), client.close()])
    },
  }
}

/** The provider, as the settings say it is reached. */
export function createProviderClient(config: Config): { provider: Provider; close(): Promise<void> } {
  const http = createFetch({
    ca: config.oauth2.ca,
    proxy: config.demo ? { http: null, https: null, no: null } : config.proxy,
    // The demo provider is ourselves, whatever name and port the browser knows us by.
    connectTo: config.demo ? { host: ownAddress(config.host), port: config.port } : null,
  })
  const metadata = createMetadataSource(config.oauth2, http.fetch)
  return {
    provider: createProvider(config.oauth2, metadata, http.fetch),
    async close() {
      metadata.stop()
      await http.close()
    },
  }
}

const ownAddress = (host: string | null) =>
  host === null || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
