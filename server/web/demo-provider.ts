import type { RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { Config } from '../config/config.js'
import type { RequestListener } from '../demo-provider/demo-provider.js'

/** Mounts the demo provider. The first request for it loads its code, because most sites don't use it. */
export function demoProvider(
  { demo, baseUrl }: Config,
  { stylesheet, clock, logger }: { stylesheet: string; clock: () => number; logger: Logger },
): RequestHandler {
  if (!demo) return (_req, _res, next) => next()
  const onError = (error: unknown) => logger.error({ cause: (error as Error).name }, 'the demo provider failed')
  const load = async () => {
    const { createDemoProvider } = await import('../demo-provider/demo-provider.js')
    return createDemoProvider({ baseUrl, clock, stylesheet, onError })
  }
  let loaded: Promise<RequestListener> | null = null
  return async (req, res, next) => {
    loaded ??= load()
    const listener = await loaded
    listener(req, res, next)
  }
}
