import type { RecordLists, Versioned } from './record-lists.js'
import { bytes, parse, raw } from './redis-bytes.js'
import { KEY_PREFIX, type RedisConnection } from './redis-connection.js'

/** Stores lists in Redis for every replica: each list is one hash with a time to live. */
export function createRedisLists({ call }: RedisConnection): RecordLists {
  const named = (list: string) => `${KEY_PREFIX}list:{${list}}`

  return {
    async read(list, which) {
      const [kind, id] = typeof which === 'string' ? [which, ''] : (['id', which.id] as const)
      const answer = await call((redis) => raw(redis).readList(named(list), kind, id))
      const [head, ...pairs] = answer as unknown as Buffer[]
      if (head === undefined) return null
      const entries = new Map<string, Versioned>()
      for (let i = 0; i < pairs.length; i += 2) entries.set(String(pairs[i]), parse(pairs[i + 1] as Buffer))
      return { head: parse(head), entries }
    },
    async write(list, { head, entries, lasts }) {
      const changes = entries.flatMap(({ id, value, over }) => [
        id,
        String(over),
        value === null ? '' : bytes(over + 1, value),
      ])
      if (head) changes.push('head', String(head.over), bytes(head.over + 1, head.value))
      const ttl = lasts ? String(Math.max(1, Math.floor(lasts.absolute))) : ''
      return call((redis) => redis.writeList(named(list), ttl, head?.latest ?? '', changes))
    },
    async remove(list) {
      await call((redis) => redis.del(named(list)))
    },
  }
}
