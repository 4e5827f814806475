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

/** Stores express-session's sessions in Redis. Each command has a timeout, and each key expires with its session. */
export class RedisSessions extends RedisStore {
  readonly #logger: Logger

  constructor({ connection: { call }, shared, now, logger }: Options) {
    super({
      // The commands that connect-redis uses, each for one key.
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
   * Does not wait for Redis: express-session calls this while it sends the answer, and an error would cut the answer off. If it fails,
   * the session only ends a little sooner.
   */
  override async touch(id: string, data: SessionData, callback?: (error?: unknown) => void): Promise<void> {
    void super.touch(id, data, (error: unknown) => {
      if (error) this.#logger.warn({ code: (error as AppError).code }, 'a session could not be extended')
    })
    callback?.()
  }
}
