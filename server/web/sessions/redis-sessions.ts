import { RedisStore } from 'connect-redis'
import type { SessionData } from 'express-session'
import type { Logger } from 'pino'
import { sessionEnd } from '../../config/session-lifetimes.js'
import type { AppError } from '../../errors.js'
import { KEY_PREFIX, type RedisConnection } from '../../stores/redis-connection.js'
import { readSessionData } from './session-data.js'

interface Options {
  connection: RedisConnection
  shared: boolean
  now: () => number
  logger: Logger
}

/** express-session's store in Redis: each command bounded in time, each key with the session's own end. */
export class RedisSessions extends RedisStore {
  readonly #logger: Logger

  constructor({ connection: { call }, shared, now, logger }: Options) {
    super({
      // What connect-redis uses of a client, one key at a time.
      client: {
        get: (key: string) => call((redis) => redis.get(key)),
        set: (key: string, value: string, options: object) => call((redis) => redis.set(key, value, options)),
        expire: (key: string, seconds: number) => call((redis) => redis.expire(key, seconds)),
        del: ([key]: [string]) => call((redis) => redis.del(key)),
      },
      prefix: `${KEY_PREFIX}session:`,
      serializer: { parse: readSessionData as (json: string) => SessionData, stringify: JSON.stringify },
      ttl: (data: SessionData) => Math.ceil((sessionEnd(data, shared, now()) - now()) / 1000),
    })
    this.#logger = logger
  }

  /**
   * Comes when the answer is already on its way, which does not wait for it: a failure then would cut the answer off, and costs no
   * more than a session that ends a little sooner.
   */
  override async touch(id: string, data: SessionData, callback?: (error?: unknown) => void): Promise<void> {
    void super.touch(id, data, (error: unknown) => {
      if (error) this.#logger.warn({ code: (error as AppError).code }, 'a session could not be prolonged')
    })
    callback?.()
  }
}
