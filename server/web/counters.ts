import type { RedisConnection } from '../stores/redis-connection.js'
import type { CountIn } from './rate-limits.js'

/** Opens the counters: in Redis, which counts for all replicas together, or in this process. */
export async function openCounters(redis: RedisConnection | null): Promise<CountIn> {
  if (redis === null) return () => undefined
  const { countInRedis } = await import('./redis-rate-limits.js')
  return countInRedis(redis)
}
