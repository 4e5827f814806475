import { type RequestHandler, Router } from 'express'

/** Routes whose code is loaded with the first request for them: a start does not wait for it. */
export function lazily(add: (routes: Router) => Promise<unknown>): RequestHandler {
  let loaded: Promise<Router> | null = null
  const load = async () => {
    const routes = Router()
    await add(routes)
    return routes
  }
  return async (req, res, next) => {
    loaded ??= load()
    const routes = await loaded
    routes(req, res, next)
  }
}
