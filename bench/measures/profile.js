import autocannon from 'autocannon'
import { Browser, NAVIGATION } from '../browser.js'

/**
 * The profile page of somebody who has signed in, asked for again and again.
 * @param {number} connections
 */
export const profile = (connections) => ({
  id: `profile-${connections}`,
  rows: [
    { title: `profile page, ${count(connections)}: requests/s`, unit: '/s', goal: { at: '≥', ratio: 1.5 } },
    { title: `profile page, ${count(connections)}: CPU a request`, unit: 'ms' },
  ],
  /** @param {import('../server-process.js').Running} server @param {{ seconds: number }} effort */
  async measure(server, { seconds }) {
    const browser = new Browser(server)
    await browser.signIn()
    const before = await server.cpu()
    const { requests, duration, non2xx, errors } = await autocannon({
      url: `${server.origin}/profile`,
      connections,
      duration: seconds,
      headers: { ...NAVIGATION, cookie: browser.cookie },
    })
    if (non2xx > 0 || errors > 0)
      throw new Error(`${server.id}: ${non2xx} answers were no page, ${errors} requests failed`)
    return [requests.total / duration, ((await server.cpu()) - before) / requests.total]
  },
})

const count = (/** @type {number} */ connections) => (connections === 1 ? '1 connection' : `${connections} connections`)
