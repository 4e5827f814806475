import type { RequestHandler } from 'express'
import type { Config } from '../config/config.js'

/** Sets headers on every response: only our own scripts and styles, no frame around our pages, no cache. */
export function securityHeaders(config: Config): RequestHandler {
  const { issuer, endpoints } = config.oauth2
  const provider = endpoints.authorization_endpoint ?? issuer
  const headers = new Map([
    ['Content-Security-Policy', contentSecurityPolicy(provider && new URL(provider).origin)],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
    ['Origin-Agent-Cluster', '?1'],
    // With no-referrer, a browser without Fetch Metadata sends "Origin: null" with our own forms.
    ['Referrer-Policy', 'same-origin'],
    ['X-Content-Type-Options', 'nosniff'],
    ['X-Frame-Options', 'DENY'],
    ...(config.shared ? [['Strict-Transport-Security', 'max-age=31536000; includeSubDomains'] as const] : []),
    ['Cache-Control', 'no-store'],
  ])
  return (_req, res, next) => {
    res.setHeaders(headers)
    next()
  }
}

const contentSecurityPolicy = (provider: string | null): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    // Chromium applies form-action to redirects too, and some of our forms redirect to the provider's sign-in.
    `form-action 'self'${provider ? ` ${provider}` : ''}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
  ].join('; ')
