import { RESP_TYPES } from 'redis'
import type { RedisClient } from './redis-connection.js'

/** Returns the same client, but with bytes for what it reads. */
export const raw = (redis: RedisClient) => redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })

export const bytes = (version: number, value: string) => Buffer.from(`${version} ${value}`, 'latin1')

export function parse(record: Buffer): { value: string; version: number } {
  const end = record.indexOf(' ')
  return { value: record.toString('latin1', end + 1), version: Number(record.toString('latin1', 0, end)) }
}
