import { rootCertificates } from 'node:tls'
import type { Dispatcher } from 'undici'
// Not from 'undici' itself: its entry file loads fetch, WebSocket, caches and mocks as well, 8 MiB of memory that nobody here uses.
import request from 'undici/lib/api/api-request.js'
import buildConnector from 'undici/lib/core/connect.js'
import Agent from 'undici/lib/dispatcher/agent.js'
import type { HttpOptions } from './http.js'

type RequestOptions = Omit<Dispatcher.RequestOptions, 'origin' | 'path'>

/** Sends a request, and gives the answer as soon as its headers are there. */
export function send(dispatcher: Dispatcher, url: string, options: RequestOptions): Promise<Dispatcher.ResponseData> {
  const { origin, pathname, search } = new URL(url)
  return request.call(dispatcher, { ...options, origin, path: pathname + search })
}

/** The connections to the provider, kept alive: straight to it, by a proxy, or to the embedded one. */
export async function createDispatcher({ ca, proxy, connectTo }: HttpOptions): Promise<Dispatcher> {
  const tls = ca === null ? {} : { ca: [...rootCertificates, ca] }
  if (connectTo) {
    const connect = buildConnector(tls)
    return new Agent({
      connect: (options, callback) =>
        connect({ ...options, hostname: connectTo.host, port: String(connectTo.port) }, callback),
    })
  }
  if (proxy.http === null && proxy.https === null) return new Agent({ connect: tls })
  const { EnvHttpProxyAgent } = await import('undici')
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
