import { createClient, createCluster, type RedisClientOptions } from 'redis'
import { scripts } from './redis-scripts.js'
import { storeUnavailable, toldByRedis } from './store-unavailable.js'

/** The commands that the stores need from Redis. Each names only one key, so one server and a Cluster work the same. */
export type RedisClient = ReturnType<typeof createServerClient>

export interface RedisConnection {
  /** Runs a command. @throws AppError `store_unavailable` within about a second, whatever Redis does. */
  call<T>(command: (client: RedisClient) => Promise<T>): Promise<T>
  close(): void
}

/** Reports when the connection to Redis is lost (with the reason) and when it is back. */
export type Watch = (event: 'lost' | 'back', reason: string | null) => void

/** The keys of version 2. Version 1 keeps its own keys, which begin with `otm:` but not with this prefix. */
export const KEY_PREFIX = 'otm:2:'

const ANSWERS_WITHIN = 1_000
const CONNECTS_WITHIN = 2_000
const RETRY_FIRST = 50
const RETRY_AT_MOST = 1_000

/**
 * Commands don't wait in a queue while Redis is away, and we close a connection that stays silent: a dead peer may never close its
 * socket, and the client would wait for ever.
 */
const settings = {
  scripts,
  // `call` has a timeout for each command. The client's own timeout would add a third to the cost of a page.
  commandOptions: { timeout: 0 },
  disableOfflineQueue: true,
  pingInterval: 1_000,
  socket: {
    connectTimeout: CONNECTS_WITHIN,
    // Ends an attempt to connect that never gets an answer. The pings keep a good connection from looking idle.
    socketTimeout: 2 * CONNECTS_WITHIN,
    reconnectStrategy: (retries: number) => Math.min(RETRY_FIRST * 2 ** retries, RETRY_AT_MOST),
  },
}

/** The package creates a class with all commands for each client, which takes 20 MiB and 50 ms. So we create one and duplicate it. */
const template = createClient(settings)

/** @param socket how it connects; by default it retries for ever */
export const createServerClient = (url: string, socket: RedisClientOptions['socket'] = settings.socket) =>
  template.duplicate({ url, socket: { ...socket } })

/** Finds a Cluster's other nodes through the node in the URL, and uses its user, password and TLS for them. */
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

/** Connects in the background, and connects again after the connection is lost or silent. */
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
    // A Cluster has another name for this event.
    made.on(kind === 'server' ? 'ready' : 'connect', () => made === client && tell('back'))
    made.connect().catch(() => {
      // A server client retries for ever. A Cluster client gives up if all nodes are away, so we create a new one.
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
    // If this process itself was blocked, the answer may already be there: one more turn of the event loop reads it.
    const timer = setTimeout(() => setImmediate(() => reject(new Silence('Redis did not answer.'))), milliseconds)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
