import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Certificate } from './certificate.js'
import { readHead } from './proxy.js'

/** What the server writes for one request, byte by byte; `path` as it was asked for, `head` with the headers. */
export type RawAnswer = (socket: Socket, path: string, head: string) => void

/** A server that answers what no HTTP library would: one request for each connection, until the answer keeps it open. */
export async function startRawServer(answer: RawAnswer, tls?: Certificate) {
  const sockets = new Set<Socket>()
  const listener = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    readHead(socket, (head) => {
      const target = head.split(' ')[1] as string
      answer(socket, target.startsWith('/') ? target : new URL(target).pathname, head)
    })
  }
  const server = tls ? createTlsServer({ key: tls.key, cert: tls.cert }, listener) : createServer(listener)
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    port,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** An answer with a body of known length. */
export function raw(status: number, headers: string[] = [], body: string | Buffer = ''): Buffer {
  const length = Buffer.byteLength(body)
  const head = [`HTTP/1.1 ${status} Said`, 'connection: close', `content-length: ${length}`, ...headers, '', '']
  return Buffer.concat([Buffer.from(head.join('\r\n'), 'latin1'), Buffer.from(body)])
}
