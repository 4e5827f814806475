import { createServer, type IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { listening } from './listening.js'

interface HttpsSite {
  port: number
  /** The name in the URL; the connection goes to 127.0.0.1. */
  host: string
  ca: string | Buffer
  /** The name in the certificate, if it is another. */
  servername?: string
}

/** A plain http server in front of an https site, for clients that can't be given an authority. Sends `Host` with the port. */
export const inFrontOf = ({ port, host, ca, servername = host }: HttpsSite, added: IncomingHttpHeaders = {}) =>
  listening(
    createServer((req, res) => {
      const headers = { ...req.headers, ...added, host: `${host}:${port}` }
      const asked = { host: '127.0.0.1', port, servername, ca, path: req.url, method: req.method, headers }
      const onward = request(asked, (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(res)
      })
      onward.on('error', () => res.writeHead(502).end())
      req.pipe(onward)
    }),
  )

/** A `fetch` for https that trusts this authority: what `Browserless` needs, and no more. */
export function trustingFetch(ca: string | Buffer): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(String(input))
    const body = init.body === undefined ? undefined : String(init.body)
    const headers = { ...(init.headers as Record<string, string>) }
    if (body !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded'
    return new Promise((resolve, reject) => {
      const asked = request(url, { ca, method: init.method ?? 'GET', headers }, async (answer) => {
        const given = new Headers()
        for (const [name, values = []] of Object.entries(answer.headersDistinct)) {
          for (const value of values) given.append(name, value)
        }
        const status = answer.statusCode ?? 0
        const empty = status === 204 || status === 304
        const read = await text(answer)
        resolve(new Response(empty ? null : read, { status, headers: given }))
      })
      asked.on('error', reject)
      asked.end(body)
    })
  }
}
