import { createServer, request } from 'node:http'
import { type Listening, listening } from './listening.js'

/** A round-robin proxy, as a site has one: it ends TLS (so it says), and passes over replicas that do not answer. */
export interface Balancer extends Listening {
  /** Answers that were cut off or never came, by the replica's port. */
  broken: number[]
  /** Ports of the replicas, in turn. */
  ports: number[]
}

/** @param host of `BASE_URL`; a request's `x-client` stands in for the address that it came from; `x-replica` asks for one replica by its place. */
export async function startBalancer(host: string, ports: number[]): Promise<Balancer> {
  let turn = 0
  const broken: number[] = []
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk)
    const { 'x-client': client = '192.0.2.1', 'x-replica': replica, ...headers } = req.headers
    const forwarded = { ...headers, host, 'x-forwarded-proto': 'https', 'x-forwarded-for': String(client) }

    const send = (tries: number) => {
      const port = ports[replica === undefined ? turn++ % ports.length : Number(replica)] as number
      let answered = false
      const onward = request({ host: '127.0.0.1', port, path: req.url, method: req.method, headers: forwarded })
      const fail = (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED' && tries < ports.length) return send(tries + 1)
        if (!answered && !res.closed) broken.push(port)
        answered = true
        res.headersSent ? res.destroy() : res.writeHead(502).end()
      }
      onward.on('error', fail)
      onward.on('response', (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.on('error', fail)
        answer.on('aborted', () => fail(new Error('cut off')))
        answer.pipe(res)
      })
      // Whoever has gone is not waited for.
      res.on('close', () => onward.destroy())
      onward.end(Buffer.concat(chunks))
    }
    send(1)
  })
  return Object.assign(await listening(server), { broken, ports })
}
