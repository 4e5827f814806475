import { Agent as HttpAgent, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { LookupFunction } from 'node:net'
import { createSecureContext } from 'node:tls'
import { trustedByNode } from '../config/authorities.js'
import { goesPastProxy } from '../config/no-proxy.js'
import { isLocalhostName } from '../config/urls.js'
import { ForwardAgent, TunnelAgent } from './proxy-agents.js'

export interface HttpOptions {
  /** PEM text of further certificate authorities. */
  ca: string | null
  proxy: { http: string | null; https: string | null; no: string | null }
  /** Connects here whatever the URL's host says: the embedded provider is reached on the address we listen on. */
  connectTo?: { host: string; port: number } | null
}

/** The proxy that a request goes through, and the setting that names it. */
export interface UsedProxy {
  setting: 'HTTP_PROXY' | 'HTTPS_PROXY'
  /** Host and port: never its password. */
  host: string
}

/** How one URL is reached. */
export interface Route {
  options: RequestOptions
  proxy: UsedProxy | null
}

/** Shorter than a server keeps an idle connection, so that we never send a request on a connection that is closing. */
const IDLE = 4_000
/** Node's own limit for each address of a host, 250 ms, is too short for a distant provider. */
const EACH_ADDRESS = 1_500

/** Chooses the connection to a URL: direct, or through a proxy. Connections are kept alive. */
export function createConnections({ ca, proxy, connectTo }: HttpOptions) {
  const kept = {
    keepAlive: true,
    timeout: IDLE,
    autoSelectFamilyAttemptTimeout: EACH_ADDRESS,
    ...(ca !== null && { secureContext: createSecureContext({ ca: [...trustedByNode(), ca] }) }),
  }
  const direct = { 'http:': new HttpAgent(kept), 'https:': new HttpsAgent(kept) }
  const proxied = {
    'http:': proxy.http === null ? null : proxyOf('HTTP_PROXY', proxy.http, ForwardAgent, kept),
    'https:': proxy.https === null ? null : proxyOf('HTTPS_PROXY', proxy.https, TunnelAgent, kept),
  }
  const elsewhere = connectTo ? { hostname: connectTo.host, port: connectTo.port } : {}

  return {
    routeTo(url: URL): Route {
      const scheme = url.protocol as keyof typeof direct
      const by = connectTo || goesPastProxy(url, proxy.no) ? null : proxied[scheme]
      if (by === null) {
        const lookup = isLocalhostName(url.hostname) ? { lookup: loopback } : {}
        return { options: { agent: direct[scheme], ...lookup, ...elsewhere }, proxy: null }
      }
      // The whole URL, because the library would read a path that begins with two slashes as another host.
      const path = scheme === 'http:' ? { path: `${url.origin}${url.pathname}${url.search}` } : {}
      return { options: { agent: by.agent, ...path }, proxy: by.proxy }
    },
    close() {
      const agents = [direct['http:'], direct['https:'], proxied['http:']?.agent, proxied['https:']?.agent]
      for (const agent of agents) agent?.destroy()
    },
  }
}

function proxyOf<A extends HttpAgent, K>(
  setting: UsedProxy['setting'],
  address: string,
  Kind: new (proxy: URL, kept: K) => A,
  kept: K,
): { agent: A; proxy: UsedProxy } {
  const url = new URL(address)
  return { agent: new Kind(url, kept), proxy: { setting, host: url.host } }
}

/** Resolves `localhost` and every name below it to this machine (RFC 6761 §6.3), without DNS. */
const loopback: LookupFunction = (_hostname, { all, family }, found) => {
  if (!all) return family === 6 ? found(null, '::1', 6) : found(null, '127.0.0.1', 4)
  found(null, [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ])
}
