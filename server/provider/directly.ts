import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { rootCertificates } from 'node:tls'
import type { Connections, HttpOptions } from './http.js'

/** Less than servers wait before they close a connection that is idle: a request must not meet its end. */
const IDLE = 4_000

/** Straight to the provider, or to the embedded one, by Node's own client; connections are kept alive. */
export function directly({ ca, connectTo }: HttpOptions): Connections {
  const kept = { keepAlive: true, timeout: IDLE }
  const plain = new HttpAgent(kept)
  const secure = new HttpsAgent({ ...kept, ...(ca !== null && { ca: [...rootCertificates, ca] }) })
  const elsewhere = connectTo && { hostname: connectTo.host, port: connectTo.port }
  return {
    send(url, { method, headers, body, signal }) {
      const [request, agent] = url.protocol === 'https:' ? [httpsRequest, secure] : [httpRequest, plain]
      return new Promise((resolve, reject) => {
        const sent = request(
          url,
          { method, headers: { host: url.host, ...headers }, signal, agent, ...elsewhere },
          (res) => resolve({ statusCode: res.statusCode as number, headers: res.headers, body: res }),
        )
        sent.on('error', reject)
        // Left to itself, a connection that the other side has ended would be given out for a moment longer.
        sent.once('socket', (socket) => sent.reusedSocket || socket.once('end', () => socket.destroy()))
        sent.end(body)
      })
    },
    async close() {
      plain.destroy()
      secure.destroy()
    },
  }
}
