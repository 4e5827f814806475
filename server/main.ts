import { setTimeout as pause } from 'node:timers/promises'
import { createApp } from './app.js'
import { ConfigError, formatProblems, loadConfig } from './config/config.js'
import { readDotenv } from './config/dotenv.js'
import { createDependencies } from './dependencies.js'
import { ListenError, listen } from './process/listen.js'
import { strangersOnOurPort, strangerWarning } from './process/port-squatters.js'
import { placeFrom } from './process/remote-machine.js'
import { shutDownOn } from './process/shut-down.js'
import { startMessage } from './process/start-message.js'
import { StoreError } from './stores/store-unavailable.js'

/** Settings, app, sockets, and the end: the only file that touches the process. */
async function main(): Promise<void> {
  const config = loadConfig(process.env, { dotenv: readDotenv('.env') })
  const dependencies = await createDependencies(config)
  const app = await createApp(config, dependencies)
  const servers = await listen(app, config.host, config.port)
  shutDownOn(process, { ...dependencies, servers, idle: app.idle })
  process.stdout.write(startMessage(config, { place: placeFrom(process.env) }))
  // Whoever waits for the first page gets it first.
  await pause(500)
  const strangers = await strangersOnOurPort(config)
  if (strangers.length > 0) process.stderr.write(`${strangerWarning(strangers)}\n`)
  // Last: loading the demo provider keeps a small machine from answering anybody.
  dependencies.provider.metadata.start()
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) process.stderr.write(formatProblems(error))
  else if (error instanceof ListenError || error instanceof StoreError) process.stderr.write(`${error.message}\n`)
  else throw error
  process.exit(1)
})
