import type { IncomingMessage, ServerResponse } from 'node:http'
import { methodsOf } from './endpoints.js'

export interface DemoProviderOptions {
  /** Origin of this site; the issuer is below it. */
  baseUrl: string
  /** URL path of the stylesheet that the sign-in page links; without it, none. */
  stylesheet?: string
  /** Milliseconds since the epoch. ID tokens use the machine's clock, because oidc-provider writes them. */
  clock?: () => number
  /** Receives failures of the provider itself; the client gets a 500. */
  onError?: (error: unknown) => void
}

export type RequestListener = (req: IncomingMessage, res: ServerResponse, next: () => void) => void

/**
 * Makes the embedded demo provider, which is mounted at `DEMO_PATH`; requests for other paths go to `next`. oidc-provider is loaded
 * here, not before. The keys are new with each start, so tokens of an earlier start no longer work.
 */
export async function createDemoProvider(options: DemoProviderOptions): Promise<RequestListener> {
  const { baseUrl, stylesheet = null, clock = Date.now, onError = () => {} } = options
  const { buildProvider } = await import('./provider.js')
  const provider = await buildProvider({ baseUrl, stylesheet, clock, onError })
  const answer = provider.callback()
  return (req, res, next) => {
    const [path = '/'] = (req.url ?? '/').split('?', 1)
    const methods = methodsOf(path)
    if (!methods) return next()
    if (methods.includes(req.method === 'HEAD' ? 'GET' : (req.method ?? ''))) return void answer(req, res)
    res.writeHead(405, { Allow: methods.join(', '), 'Content-Type': 'application/json' })
    res.end(JSON.stringify({ error: 'invalid_request', error_description: `This endpoint takes ${methods[0]}.` }))
  }
}
