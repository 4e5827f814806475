import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { Logger } from 'pino'
import { AppError } from '../errors.js'
import { sayRestart } from '../findings/restart.js'
import { errorPage, tokenWords } from '../pages/error-page.js'
import { providerFacts } from '../provider/facts.js'
import { sendPage } from './send-page.js'
import type { Site } from './site.js'
import { wantsJson } from './wants-json.js'

export const notFound: RequestHandler = (_req, _res, next) => {
  next(new AppError('not_found', 'This site has no page at this address.', { hint: 'Go to the home page.' }))
}

/** Reports every failure: as RFC 9457 problem details, or as a page that says the same. Details for us go to the log. */
export function errorHandler(
  { pages, config, provider }: Pick<Site, 'pages' | 'config' | 'provider'>,
  logger: Logger,
): ErrorRequestHandler {
  // Express's own handler would show and print the stack, so it gets nothing. Express recognises an error handler by its four parameters.
  return (thrown, req, res, _next) => {
    const error = asAppError(thrown)
    res.locals.code = error.code
    log(logger, error, thrown, res.locals.requestId)
    // A cut answer must not look complete.
    if (res.headersSent) return void res.destroy()
    res.status(error.status)
    if (error.retryAfter !== null) res.setHeader('Retry-After', String(error.retryAfter))
    const { requestId } = res.locals
    if (wantsJson(req))
      res.type('application/problem+json').send(JSON.stringify(problem(error, requestId, Boolean(req.user))))
    else {
      try {
        const { token } = req
        const visitor = { requestId, signedIn: Boolean(req.user), shown: token?.id, user: token?.entry.who.username }
        const page = errorPage(error, visitor, { config, provider: providerFacts(provider) })
        sendPage(req, res, pages.error(page))
      } catch (failure) {
        log(logger, asAppError(failure), failure, requestId)
        res.type('text/plain').send(`${error.title}. ${error.message}\n`)
      }
    }
  }
}

/** Writes RFC 9457 problem details. `type` is not the address of a page: `code` names the kind of failure. */
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

/** Turns any error into an `AppError`. Errors of Express itself have a status: they are mistakes in the request, not ours. */
function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  const status = (thrown as { status?: unknown } | null)?.status
  if (status === 413) {
    return new AppError('payload_too_large', 'The request is larger than this page accepts.', {
      hint: 'Send only the token: the longest tokens have about 50,000 characters.',
      cause: thrown,
    })
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new AppError('bad_request', "This page can't read the request.", {
      hint: 'In an address, write % as %25. Send the body as a form or as JSON, in UTF-8.',
      cause: thrown,
    })
  }
  return new AppError('internal_error', 'This is a mistake in the app. Your token has not changed.', {
    hint: 'Load the page again. If it fails again, look for the request id in the log.',
    cause: thrown,
  })
}

/** Logs names and places only: a message may contain a secret. */
function log(logger: Logger, error: AppError, thrown: unknown, requestId: string): void {
  if (error.status < 500) return
  const cause = (error.cause ?? thrown) as { name?: string; code?: unknown; stack?: string } | undefined
  const fields = { requestId, code: error.code, status: error.status, cause: cause?.name, causeCode: cause?.code }
  if (error.code === 'internal_error') logger.error({ ...fields, at: places(cause?.stack) }, 'internal error')
  else logger.warn(fields, 'request failed')
}

/** Returns the stack's places without the message in front of them. */
const places = (stack: string | undefined) => stack?.match(/^ {4}at .*$/gm)?.slice(0, 10)
