import { connect } from 'node:net'

/** Requests that are on the way on one socket. */
const AT_ONCE = 20

/**
 * Sends the same GET many times over ten sockets, and drops what comes back.
 * @param {{ port: number, host: string, path: string, headers?: Record<string, string> }} target
 * @param {number} times
 * @returns {Promise<Record<string, number>>} how often each status came
 */
export async function flood({ port, host, path, headers = {} }, times) {
  const lines = Object.entries({ Host: host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  const request = `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
  /** @type {Record<string, number>} */
  const statuses = {}

  /** @param {number} left @returns {Promise<void>} */
  const overOneSocket = (left) =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      let waiting = 0
      let rest = ''
      const send = () => {
        waiting = Math.min(AT_ONCE, left)
        left -= waiting
        if (waiting === 0) socket.end()
        else socket.write(request.repeat(waiting))
      }
      socket.on('connect', send)
      socket.on('data', (chunk) => {
        const text = rest + chunk.toString('latin1')
        for (const [, status = ''] of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
          statuses[status] = (statuses[status] ?? 0) + 1
          waiting -= 1
        }
        // A status line may come in two chunks, and none is counted twice.
        rest = text.slice(text.lastIndexOf('\n') + 1)
        if (/HTTP\/1\.1 \d{3} /.test(rest)) rest = ''
        if (waiting === 0) send()
      })
      socket.on('error', reject)
      socket.on('close', () => resolve())
    })

  await Promise.all(Array.from({ length: 10 }, () => overOneSocket(times / 10)))
  return statuses
}
