import type { Server } from 'node:http'
import { createApp } from '../../server/app.js'
import { type Config, loadConfig } from '../../server/config/config.js'
import { createDependencies } from '../../server/dependencies.js'
import { createLogger } from '../../server/log/logger.js'
import { listen } from '../../server/process/listen.js'
import { closeLater } from './closing.js'
import { freePort } from './free-port.js'

const METADATA = '/.well-known/openid-configuration'

export interface RunningApp {
  config: Config
  /** Origin, e.g. `http://localhost:12345`. */
  url: string
  port: number
  /** Every JSON line logged so far. */
  logged: string[]
  servers: Server[]
  close(): Promise<void>
}

/** The app, as main.ts starts it, on a free port of its own; `env` as in a `.env` file. */
export async function startApp(
  env: Record<string, string> = {},
  given: { now?: () => number; pause?: (milliseconds: number) => Promise<unknown>; port?: number } = {},
): Promise<RunningApp> {
  const port = given.port ?? (await freePort())
  const config = loadConfig({ PORT: String(port), LOG_LEVEL: 'debug', ...env })
  const logged: string[] = []
  const logger = createLogger(config.logLevel, { write: (line: string) => void logged.push(line) })
  const dependencies = await createDependencies(config, { logger, ...given })
  const app = await createApp(config, dependencies)
  const servers = await listen(app, config.host, config.port)
  // Jest allows no import between two tests: what the provider's client loads with its first request is loaded here.
  await dependencies.provider.fetch(`http://127.0.0.1:${port}/healthz`).catch(() => {})
  // The demo provider is loaded with its first request, too: on a busy machine that takes longer than metadata may.
  if (config.demo) await fetch(config.oauth2.issuer + METADATA).catch(() => {})
  dependencies.provider.metadata.start()
  return {
    config,
    url: config.baseUrl,
    port,
    logged,
    servers,
    close: closeLater(async () => {
      await Promise.all(
        servers.map((server) => {
          server.closeAllConnections()
          return new Promise((resolve) => server.close(resolve))
        }),
      )
      await dependencies.close()
    }),
  }
}
