import type { IncomingMessage, ServerResponse } from 'node:http'
import { methodsOf } from './endpoints.js'

export interface DemoProviderOptions {
  /** Origin of this site; the issuer is below it. */
  baseUrl: string
  /** URL path of the stylesheet that the sign-in page links; without it, none. */
  stylesheet?: string
  /** Milliseconds since the epoch; ID tokens alone go by the machine's. */
  clock?: () => number
  /** Is told about failures of the provider itself; the one who asked gets a 500. */
  onError?: (error: unknown) => void
}

export type RequestListener = (req: IncomingMessage, res: ServerResponse, next: () => void) => void

/**
 * The embedded demo provider, to be mounted at `DEMO_PATH`; what is not its own goes to `next`. oidc-provider is loaded here, not
 * before, and the keys are made anew: tokens of an earlier start are worth nothing.
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
