import type { Store } from 'express-session'
import type { Logger } from 'pino'
import type { Config } from '../../config/config.js'
import type { RedisConnection } from '../../stores/redis-connection.js'
import { MemorySessions } from './memory-sessions.js'

/** Opens express-session's store: in Redis if the records are there, else in memory. */
export async function openSessionStore(
  { shared }: Config,
  redis: RedisConnection | null,
  now: () => number,
  logger: Logger,
): Promise<Store & { close?(): void }> {
  if (redis === null) return new MemorySessions(shared, now)
  const { RedisSessions } = await import('./redis-sessions.js')
  return new RedisSessions({ connection: redis, shared, now, logger })
}
