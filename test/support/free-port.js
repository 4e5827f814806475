import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * A port on which nobody listens on 127.0.0.1, for whoever must know it before listening. It is below the range from which the
 * kernel takes ports of its own accord, so that no connection of a test beside this one gets it in the meantime.
 *
 * @returns {Promise<number>}
 */
export async function freePort() {
  const port = randomInt(15_000, 32_000)
  const server = createServer()
  const free = await new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
  return free ? port : freePort()
}
