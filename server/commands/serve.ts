import { setTimeout as pause } from 'node:timers/promises'
import { createApp } from '../app.js'
import type { Config } from '../config/config.js'
import { createDependencies } from '../dependencies.js'
import { openBrowser } from '../process/browser.js'
import { listenForKeys } from '../process/keys.js'
import { listen } from '../process/listen.js'
import { nextFreePort } from '../process/next-port.js'
import { strangersOnOurPort, strangerWarning } from '../process/port-squatters.js'
import { askProviderAtStart, within } from '../process/provider-at-start.js'
import { placeFrom } from '../process/remote-machine.js'
import { shutDownOn } from '../process/shut-down.js'
import { type Row, startMessage } from '../process/start-message.js'
import { boldOn } from './colours.js'
import type { Call, Command } from './command.js'
import { isSet, readSettings } from './settings.js'
import { version } from './version.js'

/** How long the start message waits for the provider, in milliseconds. */
const PROVIDER_WAIT = 1_500

/** Serves the site until a signal ends it. */
export const run: Command = async (call) => {
  const { process, options } = call
  const wanted = readSettings(process, options)
  const config = await withFreePort(call, wanted)
  const dependencies = await createDependencies(config)
  const app = await createApp(config, dependencies)
  const servers = await listen(app, config.host, config.port)
  shutDownOn(process, { ...dependencies, servers, idle: app.idle })
  const { metadata } = dependencies.provider
  const asked = config.demo ? null : askProviderAtStart(metadata)
  const providerProblem = asked && (await within(PROVIDER_WAIT, asked))
  const open = () => openBrowser(config.baseUrl).then((problem) => problem && process.stderr.write(`${problem}\n`))
  const keys = process.stdout.isTTY && listenForKeys(process, { o: open, q: () => process.kill(process.pid, 'SIGINT') })
  const terminal = process.stdout.isTTY ? forPeople(call, { wanted, config, keys }) : null
  process.stdout.write(startMessage(config, { place: placeFrom(process.env), providerProblem, terminal }))
  if (options.open) void open()
  if (providerProblem === null) asked?.then((late) => late && process.stderr.write(`The provider: ${late}\n`))
  // Answer the first request before we go on.
  await pause(500)
  const strangers = await strangersOnOurPort(config)
  if (strangers.length > 0) process.stderr.write(`${strangerWarning(strangers)}\n`)
  // Last: while the demo provider loads, a small machine can't answer requests.
  if (config.demo) metadata.start()
  return null
}

/** Chooses another port for a newcomer at a terminal if the usual one is taken. With a real provider the port is registered, so it stays. */
async function withFreePort({ process, options }: Call, config: Config): Promise<Config> {
  const set = options.port !== undefined || ['PORT', 'HOST', 'BASE_URL'].some((name) => isSet(process, options, name))
  if (!config.demo || !process.stdout.isTTY || set) return config
  const port = await nextFreePort(config.port)
  return port === config.port ? config : readSettings(process, { ...options, port: String(port) })
}

interface Started {
  wanted: Config
  config: Config
  keys: boolean
}

function forPeople({ process }: Call, { wanted, config, keys }: Started) {
  const moved: Row = [
    'Port',
    `${config.port}, because ${wanted.port} is taken. Set PORT=${config.port} for the other commands.`,
  ]
  const pressed: Row = ['Keys', 'o opens the browser, q quits']
  return {
    version: version(),
    seconds: process.uptime(),
    rows: [...(wanted.port === config.port ? [] : [moved]), ...(keys ? [pressed] : [])],
    bold: boldOn(process),
  }
}
