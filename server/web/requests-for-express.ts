import { IncomingMessage, type ServerOptions, ServerResponse } from 'node:http'
import type { Express } from 'express'

/**
 * The classes by which Node makes requests and responses, so that they are from the start what Express wants. Otherwise it gives each
 * of them another prototype when it comes in, and V8 no longer optimises whatever touches them after: a page takes three times as long.
 */
export function requestClasses(app: Express): Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  class Request extends IncomingMessage {}
  class Response extends ServerResponse {}
  Object.setPrototypeOf(Request.prototype, app.request)
  Object.setPrototypeOf(Response.prototype, app.response)
  app.request = Request.prototype as Express['request']
  app.response = Response.prototype as Express['response']
  return { IncomingMessage: Request, ServerResponse: Response as ServerOptions['ServerResponse'] }
}
