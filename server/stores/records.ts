import type { RecordLists } from './record-lists.js'

/**
 * Stores unfinished sign-ins and lists of tokens, and the leases that protect a refresh: in memory (memory.ts) or in Redis (redis.ts).
 * Values are opaque strings in which each character is one byte (up to U+00FF). Times are milliseconds. Every method can reject with
 * `AppError('store_unavailable')`, within a second.
 */
export interface Records {
  lists: RecordLists
  /** Creates a record with version 1 that expires after `ttl`. */
  create(key: string, value: string, ttl: number): Promise<void>
  /** Reads a record. With `ttl`, it expires that much later. */
  read(key: string, ttl?: number): Promise<{ value: string; version: number } | null>
  /** Replaces the record if it still has `version`, and keeps its end. Returns the new version; null if the record is gone or changed. */
  replace(key: string, value: string, version: number): Promise<number | null>
  /** Reads and removes a record in one step: only one of several callers gets it. */
  take(key: string): Promise<string | null>
  remove(key: string): Promise<void>

  /** Takes the lease `key` for `ttl` if it is free. `holder` is a value that only this attempt uses. */
  acquire(key: string, holder: string, ttl: number): Promise<boolean>
  /** Extends a lease; false if it was lost. */
  renew(key: string, holder: string, ttl: number): Promise<boolean>
  /** Gives the lease back, if `holder` still has it. */
  release(key: string, holder: string): Promise<void>

  /** Rejects if the store can't be written and read now. */
  ping(): Promise<void>
  close(): Promise<void>
}
