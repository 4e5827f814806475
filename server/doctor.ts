import type { Server } from 'node:http'
import { createApp } from './app.js'
import { reportSetup } from './check/report.js'
import { createSetupCheck } from './check/set-up-check.js'
import { type Config, ConfigError, formatProblems, loadConfig } from './config/config.js'
import { readDotenv } from './config/dotenv.js'
import { createDependencies, createProviderClient } from './dependencies.js'
import { createLogger } from './log/logger.js'
import { ListenError, listen } from './process/listen.js'
import { strangersOnOurPort, strangerWarning } from './process/port-squatters.js'

/** `npm run doctor`: the set-up check as text; exits 0 when nothing is wrong, else 1. */
async function main(): Promise<void> {
  const config = loadConfig(process.env, { dotenv: readDotenv() })
  const { issuer, clientId } = config.oauth2
  const print = (text: string) => void process.stdout.write(text)
  print(`Client ${clientId} at ${issuer ?? 'the endpoints that are set'}\n\n`)
  if (config.demo) await runDemoProvider(config)
  const { provider } = createProviderClient(config)
  const strangers = await strangersOnOurPort(config)
  const setupCheck = createSetupCheck({ config, provider, now: Date.now })
  const sound = await reportSetup(setupCheck, strangers.length > 0 ? strangerWarning(strangers) : null, print)
  process.exit(sound ? 0 : 1)
}

/** The demo provider lives in the app: where none is running, one is run for as long as this takes. */
async function runDemoProvider(config: Config): Promise<void> {
  const dependencies = await createDependencies(config, { logger: createLogger('silent') })
  await listen(await createApp(config, dependencies), config.host, config.port).catch((error: unknown): Server[] => {
    // Taken: by a running instance, or by a stranger, who is reported like any other.
    if (error instanceof ListenError) return []
    throw error
  })
}

main().catch((error: unknown) => {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(formatProblems(error))
  process.exit(1)
})
