import { Browser } from '../browser.js'
import { median } from '../statistics.js'

/** The home page, opened by people who have not been here before. */
export const home = {
  id: 'home',
  rows: [
    { title: 'home page, p50', unit: 'ms', goal: { to: 'auth0', ratio: 1 } },
    { title: 'home page, CPU each', unit: 'ms' },
  ],
  /** @param {import('../server-process.js').Running} server @param {{ times: number }} effort */
  async measure(server, { times }) {
    const took = []
    const before = await server.cpu()
    for (let i = 0; i < times; i++) {
      const began = performance.now()
      await new Browser(server).open('/')
      took.push(performance.now() - began)
    }
    return [median(took), ((await server.cpu()) - before) / times]
  },
}
