import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closeLater } from './closing.js'

/** A server of the test's own, on a free port of 127.0.0.1. */
export interface Listening {
  url: string
  port: number
  server: Server
  close(): Promise<void>
}

export async function listening(server: RequestListener | Server): Promise<Listening> {
  const started = typeof server === 'function' ? createServer(server) : server
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve))
  const { port } = started.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server: started,
    close: closeLater(() => {
      started.closeAllConnections()
      return new Promise((resolve) => started.close(resolve))
    }),
  }
}
