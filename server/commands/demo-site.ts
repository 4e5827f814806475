import type { Config } from '../config/config.js'
import type { Provider } from '../provider/provider.js'
import { CommandEnd } from './command.js'

/** With nothing set, the provider is the demo of the site that runs at PORT. @throws CommandEnd when none runs there */
export async function requireDemoSite({ demo, port, startedAs }: Config, provider: Provider): Promise<void> {
  if (!demo) return
  await provider.metadata.get().catch(() => {
    throw new CommandEnd(
      1,
      `No provider is set, and no demo provider runs at port ${port}: start ${startedAs} in another terminal first. For your own provider, run ${startedAs} init.`,
    )
  })
}
