import { createApp } from '../../server/app.js'
import { type Config, loadConfig } from '../../server/config/config.js'
import { createDependencies } from '../../server/dependencies.js'
import { createLogger } from '../../server/log/logger.js'
import { listen } from '../../server/process/listen.js'
import type { Records } from '../../server/stores/records.js'
import type { Dependencies } from '../../server/web/site.js'
import { closeLater } from '../support/closing.js'
import { freePort } from '../support/free-port.js'

export interface GivenStore {
  url: string
  port: number
  config: Config
  dependencies: Dependencies
  close(): Promise<void>
}

interface Options {
  now?: () => number
  /** What stands between the app and its records. */
  records?: (records: Records) => Records
  /** Another process of the same site: the same secret, and the same stores. */
  beside?: GivenStore
}

/** The app with its stores in memory, which a test can look into, take away, and give to a second one. */
export async function startWithStore(env: Record<string, string>, options: Options = {}): Promise<GivenStore> {
  const { now = Date.now, records = (own) => own, beside } = options
  const port = await freePort()
  const config = {
    ...loadConfig({ PORT: String(port), ...env }),
    ...(beside && { sessionSecrets: beside.config.sessionSecrets }),
  }
  const made = await createDependencies(config, { logger: createLogger('silent'), now })
  const shared = beside?.dependencies ?? made
  const dependencies = { ...made, records: shared.records, sessionStore: shared.sessionStore }
  const app = await createApp(config, { ...dependencies, records: records(dependencies.records) })
  const servers = await listen(app, config.host, config.port)
  await dependencies.provider.fetch(`http://127.0.0.1:${port}/healthz`).catch(() => {})
  return {
    url: config.baseUrl,
    port,
    config,
    dependencies,
    close: closeLater(async () => {
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
      }
      await made.close()
    }),
  }
}
