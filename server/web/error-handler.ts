import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { Logger } from 'pino'
import { AppError } from '../errors.js'
import { sayRestart } from '../findings/restart.js'
import { errorPage, tokenWords } from '../pages/error-page.js'
import type { Pages } from '../pages/pages.js'
import { sendPage } from './send-page.js'
import { wantsJson } from './wants-json.js'

export const notFound: RequestHandler = (_req, _res, next) => {
  next(new AppError('not_found', 'This address leads nowhere.', { hint: 'Go to the home page.' }))
}

/** The one place that tells failures: RFC 9457 problem details, or a page that says the same. The inside goes to the log. */
export function errorHandler(pages: Pages, logger: Logger): ErrorRequestHandler {
  // Nothing goes on to Express's own handler, which would show and print the stack. It knows an error handler by its four parameters.
  return (thrown, req, res, _next) => {
    const error = asAppError(thrown)
    res.locals.code = error.code
    log(logger, error, thrown, res.locals.requestId)
    // Half an answer must not look like a whole one.
    if (res.headersSent) return void res.destroy()
    res.status(error.status)
    if (error.retryAfter !== null) res.setHeader('Retry-After', String(error.retryAfter))
    const { requestId } = res.locals
    if (wantsJson(req))
      res.type('application/problem+json').send(JSON.stringify(problem(error, requestId, Boolean(req.user))))
    else {
      try {
        sendPage(
          req,
          res,
          pages.error(errorPage(error, { requestId, signedIn: Boolean(req.user), shown: req.token?.id })),
        )
      } catch (failure) {
        log(logger, asAppError(failure), failure, requestId)
        res.type('text/plain').send(`${error.title}. ${error.message}\n`)
      }
    }
  }
}

/** RFC 9457. `type` is an address on no page of ours: the code alone names the kind. */
function problem(error: AppError, requestId: string, signedIn: boolean) {
  return {
    type: `urn:offline-token-mint:error:${error.code}`,
    title: error.title,
    status: error.status,
    detail: error.message,
    code: error.code,
    hint: sayRestart(error.hint),
    token: tokenWords(error, signedIn),
    ...error.extra,
    ...(error.code === 'internal_error' && { request_id: requestId }),
  }
}

/** What Express's own parts throw carries a status: the reader's mistake, not ours. */
function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  const status = (thrown as { status?: unknown } | null)?.status
  if (status === 413) {
    return new AppError('payload_too_large', 'More was sent than this page takes.', {
      hint: 'Send the token alone: the longest have some 50,000 characters.',
      cause: thrown,
    })
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new AppError('bad_request', 'What was sent is not a request this page can read.', {
      hint: 'In an address, a % must be written as %25. A body is a form or JSON, in UTF-8.',
      cause: thrown,
    })
  }
  return new AppError('internal_error', 'This is a mistake in the app. Nothing was done to your token.', {
    hint: 'Load the page again. If it stays, the log tells more under the request id.',
    cause: thrown,
  })
}

/** Names and places only: a message may hold what must not be logged. */
function log(logger: Logger, error: AppError, thrown: unknown, requestId: string): void {
  if (error.status < 500) return
  const cause = (error.cause ?? thrown) as { name?: string; code?: unknown; stack?: string } | undefined
  const fields = { requestId, code: error.code, status: error.status, cause: cause?.name, causeCode: cause?.code }
  if (error.code === 'internal_error') logger.error({ ...fields, at: places(cause?.stack) }, 'internal error')
  else logger.warn(fields, 'request failed')
}

/** The stack's places, without the message in front of them. */
const places = (stack: string | undefined) => stack?.match(/^ {4}at .*$/gm)?.slice(0, 10)
