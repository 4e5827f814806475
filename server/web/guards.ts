import type { RequestHandler } from 'express'
import type { Config } from '../config/config.js'
import { AppError } from '../errors.js'
import { isOurs } from './from-elsewhere.js'

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

/** Lists the hosts of this site: the one in `BASE_URL`, and on a local site the loopback names with the same port. */
function hostsOf(config: Config): Set<string> {
  const { host, port } = new URL(config.baseUrl)
  const names = config.shared ? [] : LOOPBACK_NAMES.map((name) => (port ? `${name}:${port}` : name))
  return new Set([host, ...names])
}

/** Reads a `Host` without its scheme's own port, which some clients send and `URL` leaves out. */
const withoutOwnPort = (host: string | undefined, { baseUrl }: Config): string =>
  (host ?? '').toLowerCase().replace(baseUrl.startsWith('https:') ? /:443$/ : /:80$/, '')

/** Refuses requests for another site's name: DNS rebinding can point such a name at our port. */
export function knownHost(config: Config): RequestHandler {
  const hosts = hostsOf(config)
  return (req, _res, next) => {
    const sent = req.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length
    const known = sent === 1 && hosts.has(withoutOwnPort(req.headers.host, config)) && req.url.startsWith('/')
    if (known) return next()
    // Express reads `X-Forwarded-Host` from a trusted proxy alone.
    const byProxy = sent === 1 && hosts.has(withoutOwnPort(req.host, config))
    next(
      new AppError('unknown_host', "This is not the site's address.", {
        hint: byProxy
          ? 'The proxy in front sends another Host. In nginx, add: proxy_set_header Host $http_host;'
          : `Open ${config.baseUrl} instead. To change the site's address, set BASE_URL.`,
      }),
    )
  }
}

/** Redirects a GET at another loopback name to `BASE_URL`, because a browser keeps cookies for each host. */
export function oneName(config: Config): RequestHandler {
  const { host } = new URL(config.baseUrl)
  return (req, res, next) => {
    if ((req.method === 'GET' || req.method === 'HEAD') && withoutOwnPort(req.headers.host, config) !== host) {
      res.redirect(307, `${config.baseUrl}${req.originalUrl}`)
    } else next()
  }
}

/** Refuses plain http for an https site: a browser would silently drop the Secure cookie. */
export function requireHttps(config: Config): RequestHandler {
  const expected = config.baseUrl.startsWith('https:')
  return (req, _res, next) => {
    if (!expected || req.secure) return next()
    next(
      new AppError('insecure_transport', 'BASE_URL begins with https, but this request came over http.', {
        hint: 'Set TRUST_PROXY to the address of the proxy in front, and let the proxy send X-Forwarded-Proto: https.',
      }),
    )
  }
}

/** Refuses a POST that did not come from a page of this site. */
export function ownSite(config: Config): RequestHandler {
  return (req, _res, next) => {
    if (isOurs(req, config)) return next()
    next(
      new AppError('cross_site', 'Only pages of this site can do this.', {
        hint: `Open ${config.baseUrl} and press the button there. In a script, send "Origin: ${config.baseUrl}".`,
      }),
    )
  }
}

/** Refuses every other method: goes last on a route, as `.all(…)`. */
export function methodNotAllowed(...allowed: string[]): RequestHandler {
  return (req, res, next) => {
    res.setHeader('Allow', allowed.join(', '))
    next(new AppError('method_not_allowed', `This address does not accept ${req.method}. Use ${allowed.join(' or ')}.`))
  }
}
