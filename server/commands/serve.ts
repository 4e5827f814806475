import { setTimeout as pause } from 'node:timers/promises'
import { createApp } from '../app.js'
import { createDependencies } from '../dependencies.js'
import { listen } from '../process/listen.js'
import { strangersOnOurPort, strangerWarning } from '../process/port-squatters.js'
import { askProviderAtStart, within } from '../process/provider-at-start.js'
import { placeFrom } from '../process/remote-machine.js'
import { shutDownOn } from '../process/shut-down.js'
import { startMessage } from '../process/start-message.js'
import type { Command } from './command.js'
import { readSettings } from './settings.js'

/** Milliseconds that the start message waits for the provider. */
const PROVIDER_WAIT = 1_500

/** Serves the site until a signal ends it. */
export const run: Command = async ({ process, options }) => {
  const config = readSettings(process, options)
  const dependencies = await createDependencies(config)
  const app = await createApp(config, dependencies)
  const servers = await listen(app, config.host, config.port)
  shutDownOn(process, { ...dependencies, servers, idle: app.refresher.idle })
  const { metadata } = dependencies.provider
  const asked = config.demo ? null : askProviderAtStart(metadata)
  const providerProblem = asked && (await within(PROVIDER_WAIT, asked))
  process.stdout.write(startMessage(config, { place: placeFrom(process.env), providerProblem }))
  if (providerProblem === null) asked?.then((late) => late && process.stderr.write(`The provider: ${late}\n`))
  // Whoever waits for the first page gets it first.
  await pause(500)
  const strangers = await strangersOnOurPort(config)
  if (strangers.length > 0) process.stderr.write(`${strangerWarning(strangers)}\n`)
  // Last: loading the demo provider keeps a small machine from answering anyone.
  if (config.demo) metadata.start()
  return null
}
