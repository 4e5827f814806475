import { isIPv4 } from 'node:net'
import { Invalid, shown } from './problem.js'

/** Whether a URL's host is this machine alone: localhost, any name below it (RFC 6761 §6.3), 127.0.0.0/8 or [::1]. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return isLocalhostName(host) || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

/** `localhost` or `*.localhost`, perhaps with the dot that ends a full name: no DNS server has to be asked about it. */
export function isLocalhostName(name: string): boolean {
  return /^(?:[^.]+\.)*localhost\.?$/i.test(name)
}

/** The origin of an http(s) URL, whatever follows it; null for anything else. */
export function originOf(value: string): string | null {
  const url = parseUrl(value)
  return url && /^https?:$/.test(url.protocol) ? url.origin : null
}

/** Our own origin, without a trailing slash. */
export function origin(value: string): string {
  const url = httpUrl(value, 'https://mint.example.org')
  const extra = surplus({
    'a path': url.pathname !== '/' && url.pathname,
    'a query': url.href.includes('?') && !url.hash.includes('?'),
    'a fragment': url.href.includes('#'),
    'a user or password': url.username || url.password,
  })
  const cure = isLoopback(url.hostname) ? url.origin : url.origin.replace('http:', 'https:')
  if (extra) throw new Invalid(`has ${extra}: ${shown(value)}`, `Write the origin alone: ${cure}`)
  return url.origin
}

/** An issuer identifier (RFC 8414 §2), kept exactly as written: it is compared, not only fetched. */
export function issuer(value: string): string {
  const url = httpUrl(value, 'https://keycloak.example.org/realms/NAME')
  const wellKnown = value.search(/\/\.well-known\//)
  if (wellKnown >= 0) {
    throw new Invalid(
      `is the address of the metadata, not the issuer: ${shown(value)}`,
      'Write the member "issuer" of that document, or put this address into OAUTH2_DISCOVERY_URL and the issuer here.',
    )
  }
  refuseSurplus(value, { 'a query': value.includes('?'), ...neverInUrls(value, url) })
  return value
}

/** An endpoint's URL (RFC 6749 §3.1): it may have a query, never a fragment. */
export function endpoint(value: string): string {
  refuseSurplus(value, neverInUrls(value, httpUrl(value, 'https://provider.example.org/token')))
  return value
}

/** `redis://` or `rediss://`; its value is never shown, for it may hold a password. */
export function redisUrl(value: string): string {
  const url = parseUrl(value)
  const cure = 'Write redis://HOST:6379 or, with TLS, rediss://USER:PASSWORD@HOST:6379/0'
  if (!url || !['redis:', 'rediss:'].includes(url.protocol) || !url.hostname) {
    throw new Invalid('is not a URL that starts with redis:// or rediss:// and names a host', cure)
  }
  if (!/^(\/\d*)?$/.test(url.pathname)) throw new Invalid('has a path that is not a database number', cure)
  return value
}

/** A proxy as curl takes it: the scheme may be left out. Whether we can use it matters only where it would be used (rules.ts). */
export function proxyUrl(value: string): string {
  return parseUrl(value.includes('://') ? value : `http://${value}`)?.href ?? value
}

/** Whether our HTTP client speaks this proxy's protocol: SOCKS is another one. */
export function isUsableProxy(value: string): boolean {
  return /^https?:$/.test(parseUrl(value)?.protocol ?? '')
}

/**
 * Parses a URL; null if it is none. Not by `URL.canParse`: in Node 20 it says no to letters beyond ASCII once V8 has optimised
 * the code that calls it.
 */
export function parseUrl(value: string, base?: string | URL): URL | null {
  try {
    return new URL(value, base)
  } catch {
    return null
  }
}

function httpUrl(value: string, example: string): URL {
  const url = parseUrl(value)
  if (url && /^https?:$/.test(url.protocol) && /^https?:\/\//i.test(value)) return url
  throw new Invalid(`is not a URL that starts with https:// or http://: ${shown(value)}`, `Write it as in ${example}`)
}

function neverInUrls(value: string, url: URL) {
  return { 'a fragment': value.includes('#'), 'a user or password': url.username || url.password }
}

function refuseSurplus(value: string, parts: Record<string, string | boolean>): void {
  const extra = surplus(parts)
  if (extra) throw new Invalid(`has ${extra}: ${shown(value)}`, 'Remove that part.')
}

function surplus(parts: Record<string, string | boolean>): string {
  return Object.keys(parts)
    .filter((part) => parts[part])
    .join(' and ')
}
