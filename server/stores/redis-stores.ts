import type { Logger } from 'pino'
import { createRedisRecords } from './redis.js'
import { connectRedis, type Watch } from './redis-connection.js'
import { kindOf, testRedis } from './redis-start.js'

/**
 * Opens the records in Redis and tries them.
 * @throws StoreError within 10 s if Redis does not work: then the app does not start.
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
