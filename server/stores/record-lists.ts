/**
 * Lists of records: a head and any number of entries, which live in one place and end together. In memory (memory-lists.ts) or in
 * Redis (redis-lists.ts). Values are opaque, as those of records.ts, and so are the errors.
 */
export interface RecordLists {
  /**
   * Reads the head and some entries in one step, so that they belong together; null when the list is gone.
   * @param which all entries, the latest, or the one with that id; an entry that is not there is left out
   * @param idle milliseconds: a list in memory is gone that much later. One in Redis keeps its end
   */
  read(list: string, which: Which, idle?: number): Promise<FoundList | null>
  /** Writes all of it, or nothing where a version is another by now: false. */
  write(list: string, change: ListChange): Promise<boolean>
  remove(list: string): Promise<void>
}

export type Which = 'all' | 'latest' | { id: string }

export interface Versioned {
  value: string
  version: number
}

export interface FoundList {
  head: Versioned
  entries: Map<string, Versioned>
}

export interface ListChange {
  /** `over`: the version that was read, 0 for a list that is not there yet. `latest`: id of the entry that was added last. */
  head?: { value: string; over: number; latest: string }
  /** `value` null removes. `over`: the version that was read, 0 for a new entry. */
  entries: { id: string; value: string | null; over: number }[]
  /** Milliseconds from now: when the list ends without a read (in memory), and at the latest (in Redis). Without it, its end stays. */
  lasts?: { idle: number; absolute: number } | undefined
}
