import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import { type DestinationStream, type Logger, pino } from 'pino'

/** Lines go out together, 4 KiB or a tenth of a second at a time; at the end of the process, what is left. */
const GATHERED = { sync: false, minLength: 4096, periodicFlush: 100 }

/** JSON lines. Fields are named one by one where they are logged: no request, error or token as a whole ever gets here. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  return pino(options, destination ?? pino.destination(GATHERED))
}

/** Asked every few seconds by whatever watches over the process: told at `debug` while all is well. */
const PROBES = ['/healthz', '/readyz']

/** One line a request, when it has been answered: the path without its query, which may hold a code. */
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
          ms: Math.round(performance.now() - started),
          ...(!res.writableFinished && { aborted: true }),
        },
        'request',
      )
    })
    next()
  }
}
