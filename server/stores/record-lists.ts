/**
 * Stores lists of records, in memory (memory-lists.ts) or in Redis (redis-lists.ts). A list has a head and any number of entries, which
 * are stored together and expire together. Values and errors are as in records.ts.
 */
export interface RecordLists {
  /**
   * Reads the head and some entries in one step, so that they are consistent; null if the list is gone.
   * @param which all entries, the latest, or the one with that id; a missing entry is left out
   * @param idle milliseconds: a list in memory expires that much later; a list in Redis keeps its end
   */
  read(list: string, which: Which, idle?: number): Promise<FoundList | null>
  /** Writes the whole change. If a version differs, writes nothing and returns false. */
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
  /** `over`: the version that was read, 0 for a new list. `latest`: id of the entry that was added last. */
  head?: { value: string; over: number; latest: string }
  /** `value`: null removes the entry. `over`: the version that was read, 0 for a new entry. */
  entries: { id: string; value: string | null; over: number }[]
  /** Milliseconds until the list expires: without a read (in memory), or in any case (in Redis). Without it, the end stays. */
  lasts?: { idle: number; absolute: number } | undefined
}
