import { randomBytes } from 'node:crypto'
import type { Records } from '../stores/records.js'
import type { Seal } from '../stores/seal.js'
import type { Entry } from './entry.js'

/** A token set as it was read: `version` is what a save compares. */
export interface StoredEntry {
  id: string
  version: number
  entry: Entry
}

/** The one place where token sets are kept: each in a record of its own, sealed, never in the session's blob. */
export interface Entries {
  /** @returns the set with the id that the session keeps. `ttl` in milliseconds. */
  create(entry: Entry, ttl: number): Promise<StoredEntry>
  /** @param ttl when given, the record lives that much longer (milliseconds). */
  load(id: string, ttl?: number): Promise<StoredEntry | null>
  /** Saves over the version that was read; null when the record is gone (signed out) or was saved by somebody else. */
  save(stored: StoredEntry, entry: Entry): Promise<StoredEntry | null>
  remove(id: string): Promise<void>
}

/**
 * Opened sets that are kept beside their sealed records, so that an unchanged one is not opened anew for each page. Unchanged is
 * the same sealed text: a store that failed over may give the same version to another one.
 */
const OPENED_AT_MOST = 500

export function createEntries(records: Records, seal: Seal): Entries {
  const opened = new Map<string, { sealed: string; stored: StoredEntry }>()

  const remember = (stored: StoredEntry, sealed: string): StoredEntry => {
    opened.delete(stored.id)
    opened.set(stored.id, { sealed, stored })
    if (opened.size > OPENED_AT_MOST) opened.delete(opened.keys().next().value as string)
    return stored
  }

  return {
    async create(entry, ttl) {
      const id = randomBytes(24).toString('base64url')
      const key = recordKey(id)
      const sealed = seal.close(key, written(entry))
      await records.create(key, sealed, ttl)
      return remember({ id, version: 1, entry }, sealed)
    },
    async load(id, ttl) {
      const key = recordKey(id)
      const record = await records.read(key, ttl)
      if (!record) return null
      const known = opened.get(id)
      if (known?.sealed === record.value) return known.stored
      const text = seal.open(key, record.value)
      // Sealed with a secret that has been rotated away: as good as gone.
      return text === null ? null : remember({ id, version: record.version, entry: read(text) }, record.value)
    },
    async save(stored, entry) {
      const key = recordKey(stored.id)
      const sealed = seal.close(key, written(entry))
      const version = await records.replace(key, sealed, stored.version)
      return version === null ? null : remember({ id: stored.id, version, entry }, sealed)
    },
    async remove(id) {
      opened.delete(id)
      await records.remove(recordKey(id))
    },
  }
}

/** As long as the first refresh token is the newest, it is written once. */
const written = (entry: Entry): string =>
  JSON.stringify({
    ...entry,
    ...(entry.first_refresh_token === entry.refresh_token && { first_refresh_token: undefined }),
  })

function read(text: string): Entry {
  const entry = JSON.parse(text)
  return { first_refresh_token: entry.refresh_token, ...entry }
}

/** The braces are a Redis Cluster hash tag: a set and its lease live on one node. */
const recordKey = (id: string) => `tokens:{${id}}`
export const leaseKey = (id: string) => `lease:{${id}}`
