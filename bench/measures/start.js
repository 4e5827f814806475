import { setTimeout as pause } from 'node:timers/promises'
import { start } from '../server-process.js'

/** A start from nothing: `node …` until the home page answers, and the memory it then rests at. */
export const coldStart = {
  id: 'start',
  rows: [
    { title: 'cold start, to the first 200 of /', unit: 'ms', goal: { at: '≤', ratio: 1 } },
    { title: 'memory, idle', unit: 'MiB', goal: { at: '≤', ratio: 1.2 } },
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
