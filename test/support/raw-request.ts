import { connect } from 'node:net'

/** Bytes as they are over a socket of its own: what no HTTP client would send. Resolves to all that came back. */
export function rawRequest(port: number, bytes: string, host = '127.0.0.1'): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => socket.write(bytes))
    let text = ''
    socket.setTimeout(5_000, () => {
      socket.destroy()
      resolve(text)
    })
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    socket.on('end', () => socket.end())
    socket.on('close', () => resolve(text))
    // What comes after a reset was said before it.
    socket.on('error', (error: NodeJS.ErrnoException) => (text === '' ? reject(error) : resolve(text)))
  })
}

/** A request whose headers are all written out; the connection ends with it. */
export const rawHeaders = (start: string, ...headers: string[]): string =>
  [start, ...headers, 'Connection: close', '', ''].join('\r\n')

/** The status of a raw answer; null where nothing came. */
export const statusOf = (answer: string): number | null => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0) || null

/** The same request so many times, one behind the other over ten sockets, without waiting: each answer's head. */
export async function rawFlood(port: number, bytes: string, times: number): Promise<string[]> {
  const heads = await Promise.all(
    Array.from(
      { length: 10 },
      () =>
        new Promise<string[]>((resolve, reject) => {
          const last = bytes.replace('\r\n', '\r\nConnection: close\r\n')
          let text = ''
          connect(port, '127.0.0.1')
            .on('data', (chunk) => {
              text += chunk.toString('latin1')
            })
            .on('error', reject)
            .on('close', () => resolve(text.match(/HTTP\/1\.1 \d{3}[\s\S]*?\r\n\r\n/g) ?? []))
            .write(bytes.repeat(times / 10 - 1) + last)
        }),
    ),
  )
  return heads.flat()
}
