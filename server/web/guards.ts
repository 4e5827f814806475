import type { RequestHandler } from 'express'
import type { Config } from '../config/config.js'
import { AppError } from '../errors.js'
import { isOurs } from './from-elsewhere.js'

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

/** The hosts this site goes by: `BASE_URL`'s, and the loopback names at the same port where it is local. */
function hostsOf(config: Config): Set<string> {
  const { host, port } = new URL(config.baseUrl)
  const names = config.shared ? [] : LOOPBACK_NAMES.map((name) => (port ? `${name}:${port}` : name))
  return new Set([host, ...names])
}

/** Refuses what was meant for another site: DNS rebinding brings a foreign name to our port. */
export function knownHost(config: Config): RequestHandler {
  const hosts = hostsOf(config)
  return (req, _res, next) => {
    const sent = req.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length
    const known = sent === 1 && hosts.has((req.headers.host ?? '').toLowerCase()) && req.url.startsWith('/')
    if (known) return next()
    next(
      new AppError('unknown_host', 'This address is not the one this site is set up for.', {
        hint: `Open ${config.baseUrl} instead. Whoever runs the site sets its address in BASE_URL.`,
      }),
    )
  }
}

/** Cookies are per host: a GET by another loopback name goes to the same path under `BASE_URL`. */
export function oneName(config: Config): RequestHandler {
  const { host } = new URL(config.baseUrl)
  return (req, res, next) => {
    if ((req.method === 'GET' || req.method === 'HEAD') && req.headers.host?.toLowerCase() !== host) {
      res.redirect(307, `${config.baseUrl}${req.originalUrl}`)
    } else next()
  }
}

/** A Secure cookie is dropped in silence where the request did not come by HTTPS: better a loud error. */
export function requireHttps(config: Config): RequestHandler {
  const expected = config.baseUrl.startsWith('https:')
  return (req, _res, next) => {
    if (!expected || req.secure) return next()
    next(
      new AppError('insecure_transport', 'The request reached this site without HTTPS, although BASE_URL has it.', {
        hint: 'Name the proxy in front in TRUST_PROXY, and let it send X-Forwarded-Proto: https.',
      }),
    )
  }
}

/** Refuses a POST that no page of this site sent. Stands on the route line, behind the method. */
export function ownSite(config: Config): RequestHandler {
  return (req, _res, next) => {
    if (isOurs(req, config)) return next()
    next(
      new AppError('cross_site', 'Only pages of this site may do that.', {
        hint: `Open ${config.baseUrl} and press the button there. A script sends "Origin: ${config.baseUrl}".`,
      }),
    )
  }
}

/** For `route.all(…)` behind the methods a route has. */
export function methodNotAllowed(...allowed: string[]): RequestHandler {
  return (req, res, next) => {
    res.setHeader('Allow', allowed.join(', '))
    next(new AppError('method_not_allowed', `${req.method} is not allowed here; ${allowed.join(' or ')} is.`))
  }
}
