import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import type { Logger } from 'pino'

/** Probes come every few seconds, so they are logged at `debug` unless they fail. */
const PROBES = ['/healthz', '/readyz']

/**
 * Writes one line for each request after its answer: the sender, and the error's code if there was one. It leaves out the query,
 * which may contain an authorization code.
 */
export function requestLog(logger: Logger): RequestHandler {
  return (req, res, next) => {
    const started = performance.now()
    const requestId = randomUUID()
    res.locals.requestId = requestId
    res.on('close', () => {
      const path = req.originalUrl.split('?', 1)[0]?.slice(0, 200) ?? ''
      const level = PROBES.includes(path) && res.statusCode < 400 ? 'debug' : 'info'
      logger[level](
        {
          requestId,
          method: req.method,
          path,
          status: res.statusCode,
          address: req.ip ?? null,
          ...(res.locals.code !== undefined && { code: res.locals.code }),
          ms: Math.round(performance.now() - started),
          ...(!res.writableFinished && { aborted: true }),
        },
        'request',
      )
    })
    next()
  }
}
