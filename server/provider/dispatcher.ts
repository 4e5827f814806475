import { rootCertificates } from 'node:tls'
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent } from 'undici'
import type { HttpOptions } from './http.js'

export { request } from 'undici'

/** The connections to the provider, kept alive: straight to it, by a proxy, or to the embedded one. */
export function createDispatcher({ ca, proxy, connectTo }: HttpOptions): Dispatcher {
  const tls = ca === null ? {} : { ca: [...rootCertificates, ca] }
  if (connectTo) {
    const connect = buildConnector(tls)
    return new Agent({
      connect: (options, callback) =>
        connect({ ...options, hostname: connectTo.host, port: String(connectTo.port) }, callback),
    })
  }
  if (proxy.http === null && proxy.https === null) return new Agent({ connect: tls })
  return new EnvHttpProxyAgent({
    // An empty string keeps undici from reading the process's environment: config.ts alone does that.
    httpProxy: proxy.http ?? '',
    httpsProxy: proxy.https ?? '',
    noProxy: proxy.no ?? '',
    connect: tls,
    requestTls: tls,
    proxyTls: tls,
  })
}
