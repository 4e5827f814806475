import type { Logger } from 'pino'
import { createRedisRecords } from './redis.js'
import { connectRedis, type Watch } from './redis-connection.js'
import { kindOf, testRedis } from './redis-start.js'

/**
 * Opens the records in Redis, and tries them before the app relies on them.
 * @throws StoreError within 10 s, when Redis can't be used: the start is refused rather than a site that only looks alive.
 */
export async function openRedisStores(url: string, now: () => number, logger: Logger) {
  const kind = await kindOf(url)
  const watch: Watch = (event, reason) =>
    event === 'lost' ? logger.error({ reason }, 'Redis lost') : logger.info('Redis back')
  const connection = connectRedis(url, kind, watch)
  try {
    await testRedis(connection, url, now)
  } catch (error) {
    connection.close()
    throw error
  }
  return {
    records: createRedisRecords(connection),
    redis: connection,
    async close() {
      connection.close()
    },
  }
}
