import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { explainUnreadable } from './unreadable.js'

/** Reports an address that we can't listen on, and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** Timeouts for slow clients, in milliseconds. We check every two seconds; with Node's 30 s they would keep a socket far longer. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 2_000,
}

/** What answers, and the classes that Node makes requests and responses of. */
export interface Listener {
  handler: RequestListener
  serverOptions?: ServerOptions
}

const LOOPBACK = ['127.0.0.1', '::1']

/**
 * Listens at the address in the settings, or at both loopback addresses (::1 if the machine has it), so that no other program answers
 * for `localhost`.
 * @param port 0 chooses a free one, the same for both addresses
 * @throws ListenError if one of them is taken
 */
export async function listen(app: Listener, host: string | null, port: number): Promise<Server[]> {
  const options = { ...LIMITS, ...app.serverOptions }
  const servers: Server[] = []
  try {
    for (const address of host === null ? LOOPBACK : [host]) {
      const optional = host === null && address === '::1'
      const created = explainUnreadable(createServer(options, app.handler))
      const server = await listenOn(created, address, portOf(servers[0]) ?? port, optional)
      if (server) servers.push(server)
    }
    return servers
  } catch (error) {
    for (const server of servers) server.close()
    throw error
  }
}

export function portOf(server: Server | undefined): number | null {
  const address = server?.address()
  return typeof address === 'object' && address !== null ? address.port : null
}

function listenOn(server: Server, host: string, port: number, optional: boolean): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const absent = error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT'
      if (optional && absent) resolve(null)
      else reject(new ListenError(explain(error, host, port), { cause: error }))
    })
    server.listen({ host, port, ...(host === '::1' && { ipv6Only: true }) }, () => {
      server.removeAllListeners('error')
      resolve(server)
    })
  })
}

function explain({ code }: NodeJS.ErrnoException, host: string, port: number): string {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  if (code === 'EADDRINUSE') return `${address} is taken by another program. End it, or set PORT to another port.`
  if (code === 'EACCES') return `This user is not allowed to listen on ${address}. Set PORT to a number above 1023.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `This machine has no address ${host}. Set HOST to one it has.`
  return `Can't listen on ${address}: ${code}.`
}
