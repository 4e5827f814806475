import { median } from '../statistics.js'

/**
 * Does the same so many times, one after the other: the median milliseconds, and the milliseconds of CPU that each took the server.
 * @param {import('../server-process.js').Running} server
 * @param {number} times
 * @param {() => Promise<unknown>} act
 */
export async function oneByOne(server, times, act) {
  const took = []
  const before = await server.cpu()
  for (let i = 0; i < times; i++) {
    const began = performance.now()
    await act()
    took.push(performance.now() - began)
  }
  return [median(took), ((await server.cpu()) - before) / times]
}
