import { Browser } from '../browser.js'
import { oneByOne } from './one-by-one.js'

/** The home page, opened by people who have not been here before. */
export const home = {
  id: 'home',
  rows: [
    { title: 'home page, p50', unit: 'ms', goal: { to: 'auth0', ratio: 1 } },
    { title: 'home page, CPU each', unit: 'ms' },
  ],
  /** @param {import('../server-process.js').Running} server @param {{ times: number }} effort */
  async measure(server, { times }) {
    return oneByOne(server, times, () => new Browser(server).open('/'))
  },
}
