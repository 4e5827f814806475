import { rootCertificates } from 'node:tls'
import { EnvHttpProxyAgent, request } from 'undici'
import type { Connections, HttpOptions } from './http.js'

/** To the provider by the proxies of the settings, as long as NO_PROXY does not name its host; connections are kept alive. */
export function byProxy({ ca, proxy }: HttpOptions): Connections {
  const tls = ca === null ? {} : { ca: [...rootCertificates, ca] }
  const dispatcher = new EnvHttpProxyAgent({
    // An empty string keeps undici from reading the process's environment: config.ts alone does that.
    httpProxy: proxy.http ?? '',
    httpsProxy: proxy.https ?? '',
    noProxy: proxy.no ?? '',
    connect: tls,
    requestTls: tls,
    proxyTls: tls,
  })
  return {
    send: (url, options) => request(url, { ...options, dispatcher }),
    close: () => dispatcher.close(),
  }
}
