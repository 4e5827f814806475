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
    // A load that failed (no file handle left, say) is tried again with the next request.
    loaded ??= load().catch((error) => {
      loaded = null
      throw error
    })
    const routes = await loaded
    routes(req, res, next)
  }
}
