import { connect, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Certificate } from './certificate.js'

/** A forward proxy of the test's own: CONNECT, and whole URLs for plain http. Every host name is 127.0.0.1 to it. */
export interface TestProxy {
  url: string
  port: number
  /** The first line and the headers of each request that it got. */
  asked: string[]
  /** What it answers instead of doing its work; null to do it. */
  refuses: ((socket: Socket, head: string) => void) | null
  /** Resolves when no connection is open. */
  allClosed(): Promise<void>
  close(): Promise<void>
}

export async function startProxy(tls?: Certificate): Promise<TestProxy> {
  const sockets = new Set<Socket>()
  const onward = new Set<Socket>()
  const listener = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    readHead(socket, (head, rest) => {
      proxy.asked.push(head)
      if (proxy.refuses) proxy.refuses(socket, head)
      else passOn(socket, head, rest, onward)
    })
  }
  const server = tls ? createTlsServer({ key: tls.key, cert: tls.cert }, listener) : createServer(listener)
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const proxy: TestProxy = {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    asked: [],
    refuses: null,
    async allClosed() {
      for (const socket of sockets) await new Promise((resolve) => socket.once('close', resolve))
    },
    close() {
      for (const socket of [...sockets, ...onward]) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return proxy
}

/** Byte for byte in both directions, so that nothing odd is put right on the way. */
function passOn(socket: Socket, head: string, rest: Buffer, onward: Set<Socket>): void {
  const [, method, target] = /^(\S+) (\S+)/.exec(head) as unknown as [string, string, string]
  const url = new URL(method === 'CONNECT' ? `http://${target}` : target)
  const other = connect(Number(url.port || 80), '127.0.0.1', () => {
    if (method === 'CONNECT') socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    else other.write(head.replace(target, `${url.pathname}${url.search}`))
    other.write(rest)
    socket.pipe(other).pipe(socket)
  })
  onward.add(other)
  other.on('close', () => onward.delete(other))
  other.on('error', () => {
    if (other.connecting) socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n')
    else socket.resetAndDestroy()
  })
  // A reset goes on as a reset.
  other.on('close', (failed) => failed && socket.destroy())
  socket.on('close', () => other.destroy())
}

export function readHead(socket: Socket, found: (head: string, rest: Buffer) => void): void {
  let bytes = Buffer.alloc(0)
  const onData = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) return
    socket.off('data', onData)
    socket.pause()
    found(bytes.subarray(0, end + 4).toString('latin1'), bytes.subarray(end + 4))
    socket.resume()
  }
  socket.on('data', onData)
}
