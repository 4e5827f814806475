import { request } from 'node:http'
import { type Listening, listening } from './listening.js'

/** A proxy in front of a site that passes everything on but the headers of Fetch Metadata. */
export interface Dropping extends Listening {
  /** Where the browser goes; `BASE_URL` of the site. */
  origin: string
  /** The `Origin` of each POST that passed. */
  origins: (string | undefined)[]
}

/** @param port of the site */
export async function startWithoutFetchMetadata(port: () => number): Promise<Dropping> {
  const origins: (string | undefined)[] = []
  const proxy = await listening((req, res) => {
    if (req.method === 'POST') origins.push(req.headers.origin)
    const headers = Object.fromEntries(Object.entries(req.headers).filter(([name]) => !name.startsWith('sec-fetch-')))
    const onward = request({ host: '127.0.0.1', port: port(), path: req.url, method: req.method, headers })
    onward.on('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    })
    onward.on('error', () => res.destroy())
    req.pipe(onward)
  })
  return Object.assign(proxy, { origin: `http://localhost:${proxy.port}`, origins })
}
