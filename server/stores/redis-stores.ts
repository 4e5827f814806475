import type { Logger } from 'pino'
import type { Config } from '../config/config.js'
import { countInRedis } from '../web/redis-rate-limits.js'
import { RedisSessions } from '../web/sessions/redis-sessions.js'
import { createRedisRecords } from './redis.js'
import { connectRedis, type Watch } from './redis-connection.js'
import { kindOf, testRedis } from './redis-start.js'
import type { Stores } from './stores.js'

/**
 * Sessions and records in Redis, tried before anything relies on them.
 * @throws StoreError within 10 s, when Redis can't be used: the start is refused rather than a site that only looks alive.
 */
export async function openRedisStores(config: Config, now: () => number, logger: Logger): Promise<Stores> {
  const url = config.redisUrl as string
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
    sessionStore: new RedisSessions({ connection, shared: config.shared, now, logger }),
    countIn: countInRedis(connection),
    async close() {
      connection.close()
    },
  }
}
