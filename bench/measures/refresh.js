import { Browser } from '../browser.js'
import { oneByOne } from './one-by-one.js'

/** From the click on "Refresh now" to the page with the new token. */
export const refresh = {
  id: 'refresh',
  rows: [
    { title: 'refresh, p50', unit: 'ms', goal: { to: 'auth0', ratio: 1 }, inRedis: { to: 'app', ratio: 1.3 } },
    { title: 'refresh, CPU each', unit: 'ms' },
  ],
  /** @param {import('../server-process.js').Running} server @param {{ times: number }} effort */
  async measure(server, { times }) {
    const browser = new Browser(server)
    await browser.signIn()
    return oneByOne(server, times, () => browser.refresh())
  },
}
