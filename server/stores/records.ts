import type { RecordLists } from './record-lists.js'

/**
 * Where records live: sign-ins under way and lists of tokens, with the leases that guard a refresh. One interface, in memory
 * (memory.ts) or in Redis (redis.ts). Values are opaque strings, each character of which is one byte (up to U+00FF); times are milliseconds. Every method may reject with
 * `AppError('store_unavailable')`, and none takes longer than a second to say so.
 */
export interface Records {
  lists: RecordLists
  /** Writes a record that is not there yet, at version 1, gone after `ttl`. */
  create(key: string, value: string, ttl: number): Promise<void>
  /** Reads a record; with `ttl`, it is gone that much later. */
  read(key: string, ttl?: number): Promise<{ value: string; version: number } | null>
  /** Compare-and-set over `version`; keeps the record's end. The new version; null when the record is gone or another. */
  replace(key: string, value: string, version: number): Promise<number | null>
  /** Reads and removes in one step: of many callers exactly one gets it. */
  take(key: string): Promise<string | null>
  remove(key: string): Promise<void>

  /** Takes the lease `key` for `ttl`, unless somebody has it; `holder` is a value of this attempt alone. */
  acquire(key: string, holder: string, ttl: number): Promise<boolean>
  /** Prolongs a lease still held; false when it was lost. */
  renew(key: string, holder: string, ttl: number): Promise<boolean>
  /** Gives the lease back, if it is still the holder's. */
  release(key: string, holder: string): Promise<void>

  /** Rejects when the store can't be written and read just now. */
  ping(): Promise<void>
  close(): Promise<void>
}
