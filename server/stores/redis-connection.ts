import { createClient, createCluster, type RedisClientOptions } from 'redis'
import { scripts } from './redis-scripts.js'
import { storeUnavailable, toldByRedis } from './store-unavailable.js'

/** What the stores ask of Redis, whether one server or a Cluster answers: every command names one key alone. */
export type RedisClient = ReturnType<typeof createServerClient>

export interface RedisConnection {
  /** Runs a command. @throws AppError `store_unavailable` within a second or so, whatever Redis does. */
  call<T>(command: (client: RedisClient) => Promise<T>): Promise<T>
  close(): void
}

/** Told when Redis is lost (with its reason) and when it is back. */
export type Watch = (event: 'lost' | 'back', reason: string | null) => void

/** Of version 2: keys of version 1, which began with `otm:` alone, are left to it. */
export const KEY_PREFIX = 'otm:2:'

const ANSWERS_WITHIN = 1_000
const CONNECTS_WITHIN = 2_000
const RETRY_FIRST = 50
const RETRY_AT_MOST = 1_000

/**
 * Nothing waits in a queue while Redis is away, and a connection that stays silent is given up: a socket's end may never be
 * told, and a client that waits for it would wait with it.
 */
const settings = {
  scripts,
  // `call` watches the time of each command. A second watch of the client's own is a third of all that a page costs.
  commandOptions: { timeout: 0 },
  disableOfflineQueue: true,
  pingInterval: 1_000,
  socket: {
    connectTimeout: CONNECTS_WITHIN,
    // Ends an attempt to connect that is taken and never answered; the pings keep a good connection from looking idle.
    socketTimeout: 2 * CONNECTS_WITHIN,
    reconnectStrategy: (retries: number) => Math.min(RETRY_FIRST * 2 ** retries, RETRY_AT_MOST),
  },
}

/** With a client, the package makes a class of all commands, which takes 20 MiB and 50 ms. There is one: others are its duplicates. */
const template = createClient(settings)

/** @param socket how it connects; by default, again and again */
export const createServerClient = (url: string, socket: RedisClientOptions['socket'] = settings.socket) =>
  template.duplicate({ url, socket: { ...socket } })

/** A Cluster's other nodes are asked for at the one that the URL names, and reached with its user, password and TLS. */
function createClusterClient(url: string): RedisClient {
  const { username, password, protocol } = new URL(url)
  const tls = protocol === 'rediss:' ? { tls: true as const } : {}
  const cluster = createCluster({
    scripts,
    commandOptions: settings.commandOptions,
    rootNodes: [{ url }],
    defaults: {
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      disableOfflineQueue: settings.disableOfflineQueue,
      pingInterval: settings.pingInterval,
      socket: { ...settings.socket, ...tls },
    },
  })
  return cluster as unknown as RedisClient
}

/** Connects in the background, and again whenever the connection is lost or silent. */
export function connectRedis(url: string, kind: 'server' | 'cluster', watch: Watch): RedisConnection {
  let client: RedisClient
  let closed = false
  let lost = false
  let reason: string | null = null

  const tell = (event: 'lost' | 'back') => {
    if (closed || lost === (event === 'lost')) return
    lost = event === 'lost'
    watch(event, reason)
  }

  function connect(): RedisClient {
    const made = kind === 'server' ? createServerClient(url) : createClusterClient(url)
    made.on('error', (error: unknown) => {
      reason = toldByRedis(error)
      if (made === client) tell('lost')
    })
    // A Cluster says so by another name.
    made.on(kind === 'server' ? 'ready' : 'connect', () => made === client && tell('back'))
    made.connect().catch(() => {
      // A server client tries for ever. A Cluster whose nodes are all away gives up: then it is begun anew.
      if (made === client && !closed) setTimeout(() => made === client && !closed && renew(), RETRY_AT_MOST).unref()
    })
    return made
  }

  function renew(): void {
    const silent = client
    client = connect()
    silent.destroy()
  }

  client = connect()
  return {
    async call(command) {
      const used = client
      if (!used.isReady) throw storeUnavailable(reason)
      const answer = command(used)
      answer.catch(() => {})
      try {
        return await within(ANSWERS_WITHIN, answer)
      } catch (error) {
        if (error instanceof Silence) {
          reason = 'TIMEOUT'
          tell('lost')
          if (used === client && !closed) renew()
        }
        throw storeUnavailable(toldByRedis(error), error)
      }
    },
    close() {
      closed = true
      client.destroy()
    },
  }
}

class Silence extends Error {
  override readonly name = 'Silence'
  readonly code = 'TIMEOUT'
}

function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    // When this process itself was held up, the answer may be waiting already: one more turn of the loop reads it.
    const timer = setTimeout(() => setImmediate(() => reject(new Silence('Redis did not answer.'))), milliseconds)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
