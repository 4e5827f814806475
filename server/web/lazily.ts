import { type RequestHandler, Router } from 'express'
import { once } from '../once.js'

/** Routes whose code is loaded with the first request for them: a start does not wait for it. */
export function lazily(add: (routes: Router) => Promise<unknown>): RequestHandler {
  const load = once(async () => {
    const routes = Router()
    await add(routes)
    return routes
  })
  return async (req, res, next) => {
    const routes = await load()
    routes(req, res, next)
  }
}
