import { createHash } from 'node:crypto'
import { RedisStore } from 'rate-limit-redis'
import { KEY_PREFIX, type RedisClient, type RedisConnection } from '../stores/redis-connection.js'
import type { CountIn } from './rate-limits.js'

/** Counts in Redis, so that a limit covers all replicas together. */
export const countInRedis =
  (connection: RedisConnection): CountIn =>
  (limit) =>
    new RedisStore({ prefix: `${KEY_PREFIX}rate:${limit}:`, sendCommand: scriptsByText(connection) })

type Command = (...args: string[]) => Promise<number | string | (number | string)[]>

/**
 * The library loads its scripts into Redis once and relies on that. Here, a load only remembers the text. If Redis doesn't know a
 * script (after a restart, or on another node of a Cluster), we send the text, so an unreachable Redis at the start does no harm.
 */
function scriptsByText({ call }: RedisConnection): Command {
  const texts = new Map<string, string>()

  const run = async (redis: RedisClient, sha: string, key: string, rest: string[]) => {
    const options = { keys: [key], arguments: rest }
    try {
      return await redis.evalSha(sha, options)
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
      return redis.eval(texts.get(sha) ?? '', options)
    }
  }

  return async (...args) => {
    const [command, first = '', ...rest] = args
    if (command === 'SCRIPT') {
      const text = rest[0] ?? ''
      const sha = createHash('sha1').update(text).digest('hex')
      texts.set(sha, text)
      return sha
    }
    const [, key = '', ...values] = rest
    if (command === 'EVALSHA') return call((redis) => run(redis, first, key, values)) as ReturnType<Command>
    throw new Error(`${command} is not a command that counting needs`)
  }
}
