import { setTimeout as pause } from 'node:timers/promises'
import { Browser } from '../browser.js'
import { median } from '../statistics.js'

const VISITORS = 50

/** The profile page as people look at it: fifty who have signed in, each of whom opens it once a second. */
export const profile = {
  id: 'profile',
  rows: [
    { title: 'profile page, p50', unit: 'ms', goal: { to: 'auth0', ratio: 1 } },
    { title: 'profile page, CPU each', unit: 'ms' },
  ],
  /** @param {import('../server-process.js').Running} server @param {{ seconds: number }} effort */
  async measure(server, { seconds }) {
    const browsers = Array.from({ length: VISITORS }, () => new Browser(server))
    for (const browser of browsers) await browser.signIn()
    /** @type {number[]} */
    const took = []
    const before = await server.cpu()
    const visit = async (/** @type {Browser} */ browser, /** @type {number} */ i) => {
      await pause((i * 1000) / VISITORS)
      for (let second = 0; second < seconds; second++) {
        const began = performance.now()
        await browser.open('/profile')
        took.push(performance.now() - began)
        await pause(began + 1000 - performance.now())
      }
    }
    await Promise.all(browsers.map(visit))
    return [median(took), ((await server.cpu()) - before) / took.length]
  },
}
