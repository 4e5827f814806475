import { reportSetup } from '../check/report.js'
import { createSetupCheck } from '../check/set-up-check.js'
import { createProviderClient } from '../dependencies.js'
import { strangersOnOurPort, strangerWarning } from '../process/port-squatters.js'
import type { Command } from './command.js'
import { requireDemoSite } from './demo-site.js'
import { printable } from './printable.js'
import { readSettings } from './settings.js'

/** Prints the set-up check; exits with 0 when no check fails, else with 1. */
export const run: Command = async ({ process, options }) => {
  const config = readSettings(process, options)
  const { provider, close } = createProviderClient(config)
  const print = (text: string) => void process.stdout.write(printable(text))
  try {
    await requireDemoSite(config, provider)
    const { issuer, clientId } = config.oauth2
    print(`Client ${clientId} at ${issuer ?? 'the endpoints that are set'}\n\n`)
    const strangers = await strangersOnOurPort(config)
    const setupCheck = createSetupCheck({ config, provider, now: Date.now })
    return (await reportSetup(setupCheck, strangers.length > 0 ? strangerWarning(strangers) : null, print)) ? 0 : 1
  } finally {
    await close()
  }
}
