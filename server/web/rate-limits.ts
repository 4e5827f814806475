import { type Request, type RequestHandler, Router } from 'express'
import { ipKeyGenerator, rateLimit, type Store } from 'express-rate-limit'
import type { Config } from '../config/config.js'
import { AppError } from '../errors.js'
import { counts } from './from-elsewhere.js'

interface Limit {
  method: 'get' | 'post'
  path: string
  perMinute: number
}

/** Counted by the caller's address, before there is a session: what anybody can ask for. */
const BY_ADDRESS: Limit[] = [
  { method: 'get', path: '/auth/oauth2', perMinute: 20 },
  { method: 'get', path: '/auth/oauth2/callback', perMinute: 30 },
  { method: 'post', path: '/auth/token', perMinute: 20 },
]

/** Counted by session; by address where nobody is signed in. */
const BY_SESSION: Limit[] = [
  { method: 'post', path: '/auth/check', perMinute: 6 },
  { method: 'post', path: '/auth/refresh', perMinute: 6 },
  { method: 'post', path: '/auth/prove', perMinute: 6 },
  { method: 'post', path: '/auth/revoke', perMinute: 10 },
  { method: 'get', path: '/profile/device-config{/:format}', perMinute: 60 },
]

/** Where requests are counted: one store for each limit; undefined counts in this process. */
export type CountIn = (limit: string) => Store | undefined

/** Before there is a session, and behind it. */
export interface RateLimits {
  byAddress: Router
  bySession: Router
}

/** Nothing is limited on a person's own machine. */
export function rateLimits(config: Pick<Config, 'shared' | 'baseUrl'>, countIn: CountIn): RateLimits {
  const ignored = (req: Request) => !counts(req, config)
  const counted = (limits: Limit[], key: (req: Request) => string) => {
    const routes = Router()
    for (const limit of config.shared ? limits : []) {
      routes
        .route(limit.path)
        [limit.method](
          limiter({ ...limit, skip: ignored }, key, countIn(`${limit.method}:${limit.path.replace(/[{}]/g, '')}`)),
        )
    }
    return routes
  }
  return {
    byAddress: counted(BY_ADDRESS, address),
    bySession: counted(BY_SESSION, (req) => (req.user ? `session:${req.user.id}` : address(req))),
  }
}

/** The client's, as the trusted proxies tell it. One IPv6 customer has a whole network of them. */
const address = (req: Request) => `address:${ipKeyGenerator(req.ip ?? '')}`

const MINUTE = 60_000

const limiter = (
  { perMinute, skip }: Limit & { skip: (req: Request) => boolean },
  key: (req: Request) => string,
  store: Store | undefined,
): RequestHandler =>
  rateLimit({
    windowMs: MINUTE,
    limit: perMinute,
    keyGenerator: key,
    skip,
    standardHeaders: false,
    legacyHeaders: false,
    // Its hints go to the console and are for those who set it up by hand.
    validate: false,
    ...(store && { store }),
    handler: (req, _res, next) => {
      const { resetTime } = (req as Request & { rateLimit?: { resetTime?: Date } }).rateLimit ?? {}
      const seconds = Math.max(1, Math.ceil(((resetTime?.getTime() ?? 0) - Date.now()) / 1000))
      next(
        new AppError('rate_limited', `This site takes ${perMinute} such requests a minute from one visitor.`, {
          hint: `Wait ${seconds} seconds. Nothing was done to your token.`,
          retryAfter: seconds,
        }),
      )
    },
  })
