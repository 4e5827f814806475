import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { HttpProxyAgent } from 'http-proxy-agent'
import { HttpsProxyAgent } from 'https-proxy-agent'

/** The proxy did not work. `status`: its answer to CONNECT; null if it gave no answer. */
export class ProxyFailure extends Error {
  override readonly name = 'ProxyFailure'
  readonly status: number | null

  constructor(status: number | null, cause?: unknown) {
    super('the proxy does not work', { cause })
    this.status = status
  }
}

type Connecting<Library extends { connect(...what: never[]): unknown }> = Parameters<Library['connect']>

interface Kept extends ConnectionOptions {
  keepAlive: boolean
  timeout: number
}

/** Opens a tunnel through the proxy for each connection (CONNECT, RFC 9110 §9.3.6), with TLS inside. */
export class TunnelAgent extends HttpsProxyAgent<string> {
  constructor(proxy: URL, kept: Kept) {
    super(withoutPassword(proxy), { ...kept, headers: credentials(proxy) })
    this.protocol = 'https:'
    // The library forgets them when TLS to the provider begins.
    this.options = { ...kept, path: undefined } as typeof this.options
  }

  override async connect(...[request, options]: Connecting<HttpsProxyAgent<string>>): Promise<Socket> {
    let status: number | null = null
    request.once('proxyConnect', (answer: { statusCode: number }) => {
      status = answer.statusCode
    })
    const socket = await connecting(this, request, options, () => super.connect(request, options))
    // The library would return the proxy's refusal as the provider's answer.
    if (status === 200) return socket
    socket.destroy()
    throw new ProxyFailure(status)
  }
}

/** Sends plain http with the whole URL to the proxy (RFC 9112 §3.2.2). */
export class ForwardAgent extends HttpProxyAgent<string> {
  constructor(proxy: URL, kept: Kept) {
    super(withoutPassword(proxy), { ...kept, headers: credentials(proxy) })
    this.protocol = 'http:'
  }

  override connect(...[request, options]: Connecting<HttpProxyAgent<string>>): Promise<Socket> {
    return connecting(this, request, options, () => super.connect(request, options))
  }
}

/**
 * Adds what the libraries lack: a connection to the proxy ends with its request, its errors always have a listener, and they are
 * reported as failures of the proxy.
 */
async function connecting(
  agent: { connectOpts: { signal?: AbortSignal } },
  request: ClientRequest,
  options: object,
  connect: () => Promise<Socket>,
): Promise<Socket> {
  const given = agent.connectOpts
  const { givenUp: signal } = options as { givenUp?: AbortSignal }
  request.once('proxy', ({ socket }: { socket: Socket }) => socket.on('error', () => {}))
  try {
    // The libraries read their options before they start to wait.
    agent.connectOpts = { ...given, ...(signal && { signal }) }
    const connected = connect()
    agent.connectOpts = given
    return await connected
  } catch (error) {
    throw new ProxyFailure(null, error)
  }
}

/** The libraries write the proxy's URL into their debug log. */
function withoutPassword(proxy: URL): URL {
  const bare = new URL(proxy)
  bare.username = ''
  bare.password = ''
  return bare
}

function credentials({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const pair = [username, password].map(decoded).join(':')
  return { 'Proxy-Authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** Decodes a text; a `%` without an escape stays. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
