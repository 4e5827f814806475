import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, RESP_TYPES } from 'redis'
import type { Certificate } from './certificate.js'
import { closeLater } from './closing.js'
import { freePort } from './free-port.js'

/** A real redis-server of a test's own, in memory, on loopback. */
export interface Redis {
  url: string
  port: number
  /** Runs one command and gives back what Redis says. */
  command(...args: string[]): Promise<unknown>
  /** Every key, its life in milliseconds and its value, byte by byte, as a thief of the dump would read it: one line each. */
  dump(): Promise<string>
  /** SIGKILL: gone, with all it knew. */
  kill(): Promise<void>
  /** At the same port again, empty, or with what it wrote to its disk; further options for this time. */
  start(...more: string[]): Promise<void>
  /** SIGSTOP: its sockets stay open, and nothing answers. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

/** Options for TLS with this certificate, beside `--tls-port`; it asks for none of the client's. */
export const serveTls = ({ certFile, keyFile }: Certificate): string[] => [
  ...['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', certFile],
  ...['--tls-auth-clients', 'no'],
]

/** @param options as redis-server takes them, e.g. `--requirepass`, `secret` */
export async function startRedis(...options: string[]): Promise<Redis> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'redis-'))
  const password = options.includes('--requirepass') ? options[options.indexOf('--requirepass') + 1] : undefined
  const url = `redis://${password ? `:${password}@` : ''}127.0.0.1:${port}`
  // Nodes of a Cluster talk to each other at a second port: by default 10,000 above, where something else may listen.
  const bus = options.includes('--cluster-enabled') ? ['--cluster-port', String(await freePort())] : []
  let server: ChildProcess

  const makeClient = () => createClient({ url, socket: { reconnectStrategy: false } })
  const connected = async <T>(work: (client: ReturnType<typeof makeClient>) => Promise<T>): Promise<T> => {
    const client = makeClient()
    client.on('error', () => {})
    await client.connect()
    try {
      return await work(client)
    } finally {
      client.destroy()
    }
  }
  const command = (...args: string[]) => connected<unknown>((client) => client.sendCommand(args))

  async function start(...more: string[]): Promise<void> {
    const fixed = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder, ...bus]
    server = spawn('redis-server', ['--port', String(port), ...fixed, ...options, ...more], { stdio: 'ignore' })
    for (let tries = 0; tries < 100; tries += 1) {
      if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`)
      // One that is still loading its data has come up, and says so.
      const up = await command('PING').then(
        () => true,
        (error: Error) => error.message.startsWith('LOADING'),
      )
      if (up) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('redis-server did not come up within 5 s')
  }

  async function kill(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }

  // Again and again, because a test may start one again that it has stopped.
  const stop = async () => {
    await kill()
    await rm(folder, { recursive: true, force: true })
  }
  closeLater(stop)
  await start()
  return {
    url,
    port,
    command,
    dump: () =>
      connected(async (client) => {
        const lines: string[] = []
        for await (const keys of client.scanIterator({ COUNT: 1_000 })) {
          for (const key of keys) {
            const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
            const isList = (await client.type(key)) === 'hash'
            const values = isList ? Object.values(await bytes.hGetAll(key)) : [await bytes.get(key)]
            const text = values.map((value) => value?.toString('latin1').replaceAll('\n', '\\n')).join(' ')
            lines.push(`${key} ${await client.pTTL(key)} ${text}`)
          }
        }
        return lines.join('\n')
      }),
    kill,
    start,
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    stop,
  }
}
