import { type Request, type RequestHandler, Router } from 'express'
import { ipKeyGenerator, rateLimit, type Store } from 'express-rate-limit'
import type { Config } from '../config/config.js'
import { AppError } from '../errors.js'
import { ownSite } from './guards.js'

interface Limit {
  method: 'get' | 'post'
  path: string
  perMinute: number
}

/** Limits for each address. They leave room for a team of thirty that signs in within one minute from one address. */
const BY_ADDRESS: Limit[] = [
  { method: 'get', path: '/auth/oauth2', perMinute: 120 },
  { method: 'get', path: '/auth/oauth2/callback', perMinute: 120 },
  { method: 'post', path: '/auth/token', perMinute: 60 },
]

/** Limits for each list of tokens; for each address before a sign-in. */
const BY_LIST: Limit[] = [
  { method: 'post', path: '/auth/check', perMinute: 20 },
  { method: 'post', path: '/auth/refresh', perMinute: 20 },
  { method: 'post', path: '/auth/prove', perMinute: 20 },
  { method: 'post', path: '/auth/revoke', perMinute: 20 },
  { method: 'get', path: '/profile/device-config{/:format}', perMinute: 120 },
]

/** Opens the store that counts requests, one for each limit; undefined counts in this process. */
export type CountIn = (limit: string) => Store | undefined

/** The limits that go before the session is known, and those that go after it. */
export interface RateLimits {
  byAddress: Router
  byList: Router
}

/** Limits nothing on the user's own machine. Requests from another site are refused before they count. */
export function rateLimits(config: Config, countIn: CountIn): RateLimits {
  const judged = { get: anySite, post: ownSite(config) }
  const counted = (limits: Limit[], key: (req: Request) => string) => {
    const routes = Router()
    for (const limit of config.guarded ? limits : []) {
      const store = countIn(`${limit.method}:${limit.path.replace(/[{}]/g, '')}`)
      routes.route(limit.path)[limit.method](judged[limit.method], limiter(limit, key, store))
    }
    return routes
  }
  return {
    byAddress: counted(BY_ADDRESS, address),
    byList: counted(BY_LIST, (req) => (req.user ? `list:${req.user.id}` : address(req))),
  }
}

const anySite: RequestHandler = (_req, _res, next) => next()

/** Returns the client's address, as trusted proxies report it. An IPv6 customer has a whole network, which counts as one address. */
const address = (req: Request) => `address:${ipKeyGenerator(req.ip ?? '')}`

const MINUTE = 60_000

const limiter = ({ perMinute }: Limit, key: (req: Request) => string, store: Store | undefined): RequestHandler =>
  rateLimit({
    windowMs: MINUTE,
    limit: perMinute,
    keyGenerator: key,
    standardHeaders: false,
    legacyHeaders: false,
    // The library's hints go to the console, and they concern its manual set-up.
    validate: false,
    ...(store && { store }),
    handler: (req, _res, next) => {
      const { resetTime } = (req as Request & { rateLimit?: { resetTime?: Date } }).rateLimit ?? {}
      const seconds = Math.max(1, Math.ceil(((resetTime?.getTime() ?? 0) - Date.now()) / 1000))
      next(
        new AppError('rate_limited', `This site accepts ${perMinute} such requests a minute from one visitor.`, {
          hint: `Wait ${seconds} seconds. Your token has not changed.`,
          retryAfter: seconds,
        }),
      )
    },
  })
