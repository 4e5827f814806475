import { setTimeout as pause } from 'node:timers/promises'
import { start } from '../server-process.js'

/** A start from nothing: `node …` until the home page answers, and the memory it then rests at. */
export const coldStart = {
  id: 'start',
  rows: [
    { title: 'cold start, to the first 200 of /', unit: 'ms', goal: { to: 'auth0', ratio: 1 } },
    { title: 'memory, at rest', unit: 'MiB', goal: { to: 'floor', ratio: 1.3 } },
  ],
  /** @param {import('../contestants.js').Contestant} contestant @param {{ issuer: string }} world */
  async measure(contestant, world) {
    const server = await start(contestant, world)
    try {
      await pause(1_000)
      return [server.startedIn, (await server.memory()) / 2 ** 20]
    } finally {
      await server.stop()
    }
  },
}
