import { Browser } from '../browser.js'
import { oneByOne } from './one-by-one.js'

/** From the click on "Sign in", over the provider and back, to the page with the tokens; one after the other. */
export const signIn = {
  id: 'sign-in',
  rows: [
    { title: 'sign-in, p50', unit: 'ms', goal: { to: 'auth0', ratio: 1 }, inRedis: { to: 'app', ratio: 1.3 } },
    { title: 'sign-in, CPU each', unit: 'ms' },
  ],
  /** @param {import('../server-process.js').Running} server @param {{ times: number }} effort */
  async measure(server, { times }) {
    return oneByOne(server, times, () => new Browser(server).signIn())
  },
}

const CROWD = 20

/** Twenty people at the same moment, several times. */
export const signInCrowd = {
  id: 'sign-in-crowd',
  rows: [{ title: `${CROWD} sign-ins at once, for each`, unit: 'ms' }],
  /** @param {import('../server-process.js').Running} server @param {{ times: number }} effort */
  async measure(server, { times }) {
    const crowds = Math.max(1, Math.round(times / CROWD))
    const began = performance.now()
    for (let i = 0; i < crowds; i++) {
      await Promise.all(Array.from({ length: CROWD }, () => new Browser(server).signIn()))
    }
    return [(performance.now() - began) / (crowds * CROWD)]
  },
}
