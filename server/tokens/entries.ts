import type { FoundList, RecordLists } from '../stores/record-lists.js'
import type { Seal } from '../stores/seal.js'
import type { Entry } from './entry.js'
import type { TokenList } from './token-list.js'

/** An entry as it was read: a save compares `version`. */
export interface StoredEntry {
  /** Identifies the entry among those of all sessions; never leaves the server. */
  at: string
  /** The list that the entry is on. */
  list: string
  /** The entry's names on the list. */
  id: string
  label: string | null
  version: number
  entry: Entry
}

/** Reads and writes one entry. */
export interface Entries {
  /** @param at as in `StoredEntry`. Returns null if the entry was removed or its session has ended */
  load(at: string): Promise<StoredEntry | null>
  /** Replaces the version that was read; null if the entry is gone or has another version. */
  save(stored: StoredEntry, entry: Entry): Promise<StoredEntry | null>
}

export function createEntries(records: RecordLists, sealed: SealedList): Entries {
  return {
    async load(at) {
      const [list = '', id = ''] = at.split(':')
      const opened = sealed.open(list, await records.read(list, { id }))
      return opened?.entries[0] ?? null
    },
    async save(stored, entry) {
      const { list, id, version: over } = stored
      const value = sealed.entry(list, id, entry)
      const done = await records.write(list, { entries: [{ id, value, over }] })
      return done ? { ...stored, version: over + 1, entry } : null
    },
  }
}

/** The braces are a Redis Cluster hash tag: the entry and its lease are on one node. */
export function leaseKey(at: string): string {
  const [list, id] = at.split(':')
  return `lease:{${list}}:${id}`
}

/** Opens and seals the parts of a list. Each entry is bound to its list and its id, so it opens nowhere else. */
export interface SealedList {
  /** Null if it was sealed for another list or with a secret that is no longer set: then it counts as gone. */
  open(list: string, found: FoundList | null): OpenedList | null
  head(list: Omit<TokenList, 'version'>): string
  entry(list: string, id: string, entry: Entry): string
}

export interface OpenedList {
  list: TokenList
  entries: StoredEntry[]
}

export function createSealedList(seal: Seal): SealedList {
  return {
    open(id, found) {
      const text = found && seal.open(headKey(id), found.head.value)
      if (!text) return null
      const list: TokenList = { ...JSON.parse(text), id, version: found.head.version }
      const entries = list.items.flatMap((item) => {
        const record = found.entries.get(item.id)
        const opened = record && seal.open(entryKey(id, item.id), record.value)
        if (!opened) return []
        const { label } = item
        return { at: place(id, item.id), list: id, id: item.id, label, version: record.version, entry: read(opened) }
      })
      return { list, entries }
    },
    head: ({ id, ...list }) => seal.close(headKey(id), JSON.stringify(list)),
    entry: (list, id, entry) => seal.close(entryKey(list, id), written(entry)),
  }
}

/** Makes the identifier of an entry among those of all sessions. */
export const place = (list: string, id: string): string => `${list}:${id}`

/** Writes the refresh token once while the first one is also the current one. */
const written = (entry: Entry): string =>
  JSON.stringify({
    ...entry,
    ...(entry.first_refresh_token === entry.refresh_token && { first_refresh_token: undefined }),
  })

function read(text: string): Entry {
  const entry = JSON.parse(text)
  return { first_refresh_token: entry.refresh_token, ...entry }
}

const headKey = (list: string) => `list:{${list}}`
const entryKey = (list: string, id: string) => `entry:{${list}}:${id}`
