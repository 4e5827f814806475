import type { ListChange, RecordLists, Which } from '../stores/record-lists.js'
import { type OpenedList, place, type SealedList, type StoredEntry } from './entries.js'
import type { Entry } from './entry.js'
import { cameAgain, sameToken } from './same-token.js'
import { sessionOf } from './session-of.js'
import { type ListItem, listed, newEntryId, type TokenList } from './token-list.js'
import { tooManyTokens } from './too-many-tokens.js'

/** Reads and changes the lists of sessions. A change only replaces the version that it was made from, so two tabs lose nothing. */
export interface TokenLists {
  /** Reads the list with some of its entries. @param idle how long it stays in memory, in milliseconds */
  read(list: string, which: Which, idle?: number): Promise<OpenedList | null>
  /** Adds a token to the list, and creates the list if it is missing. A token that is on the list already stays the same entry. */
  add(list: string, entry: Entry, about?: Partial<AboutList>): Promise<StoredEntry>
  /** Sets an entry's label. @returns null if the entry is gone */
  label(list: string, id: string, label: string | null): Promise<TokenList | null>
  /** Removes an entry. @returns the remaining list; null if the entry was not on it */
  forget(list: string, id: string): Promise<TokenList | null>
  /** Saves who signed in, if the list has no subject yet. @returns the subject of the list */
  belongsTo(list: string, subject: string): Promise<string>
  remove(list: string): Promise<void>
}

/** Options of `add`. */
interface AboutList {
  /** The most entries. @throws AppError `too_many_tokens` if a new token would exceed it */
  atMost: number
  label: string | null
  subject: string | null
  leftAnother: boolean
}

interface Options {
  records: RecordLists
  sealed: SealedList
  now: () => number
  /** How long a list lives without a read, and at most, in milliseconds. */
  lifetimes: { idle: number; absolute: number }
}

type Change = Omit<ListChange, 'head'> & { items: ListItem[] } & Partial<Pick<TokenList, 'subject'>>

export function createTokenLists({ records, sealed, now, lifetimes }: Options): TokenLists {
  const read = async (list: string, which: Which, idle?: number) =>
    sealed.open(list, await records.read(list, which, idle))

  async function write({ version: over, ...list }: TokenList, change: Change): Promise<TokenList | null> {
    const { items, entries, lasts, subject = list.subject } = change
    const next = { ...list, items, subject, ...(lasts && { ends: now() + lasts.absolute }) }
    const head = { value: sealed.head(next), over, latest: items.at(-1)?.id ?? '' }
    return (await records.write(list.id, { head, entries, lasts })) ? { ...next, version: over + 1 } : null
  }

  /** Reads and writes again until no other change came in between; null if `change` has nothing to do. */
  async function alter(list: string, change: (found: TokenList) => Change | null): Promise<TokenList | null> {
    for (;;) {
      const found = await read(list, { id: '' })
      const made = found && change(found.list)
      if (!made) return null
      const written = await write(found.list, made)
      if (written) return written
    }
  }

  async function addOnce(id: string, entry: Entry, about: Partial<AboutList>): Promise<StoredEntry | null> {
    const found = await read(id, 'all')
    const { label = null, subject = null, leftAnother = false, atMost = Number.POSITIVE_INFINITY } = about
    const list = found?.list ?? { id, version: 0, subject, leftAnother, ends: 0, items: [] }
    const before = found?.entries.find((stored) => sameToken(stored.entry, entry))
    if (!before && listed(list).length >= atMost) throw tooManyTokens()
    const added = before ? cameAgain(before.entry, entry, now()) : entry
    const item =
      list.items.find((one) => one.id === before?.id) ??
      newItem(added, label, 1 + Math.max(0, ...list.items.map(({ number }) => number)))
    const bare = list.items.filter((one) => !one.listed && one.id !== item.id)
    const items = [...listed(list).filter((one) => one.id !== item.id), item]
    const over = before?.version ?? 0
    const written = await write(list, {
      items,
      entries: [{ id: item.id, value: sealed.entry(id, item.id, added), over }, ...gone(found, bare)],
      lasts: lifetimes,
    })
    if (!written) return null
    return { at: place(id, item.id), list: id, id: item.id, label: item.label, version: over + 1, entry: added }
  }

  return {
    read,
    async add(list, entry, about = {}) {
      for (;;) {
        const stored = await addOnce(list, entry, about)
        if (stored) return stored
      }
    },
    label: (list, id, label) =>
      alter(list, ({ items }) =>
        items.some((item) => item.id === id)
          ? { items: items.map((item) => (item.id === id ? { ...item, label } : item)), entries: [] }
          : null,
      ),
    async forget(list, id) {
      for (;;) {
        const found = await read(list, { id })
        const [stored] = found?.entries ?? []
        if (!found || !stored) return null
        const items = found.list.items.filter((item) => item.id !== id)
        const left = await write(found.list, { items, entries: [{ id, value: null, over: stored.version }] })
        if (left) return left
      }
    },
    async belongsTo(list, subject) {
      let owner = subject
      await alter(list, (found) => {
        owner = found.subject ?? subject
        return found.subject === null ? { items: found.items, entries: [], subject } : null
      })
      return owner
    },
    remove: (list) => records.remove(list),
  }
}

const newItem = (entry: Entry, label: string | null, number: number): ListItem => ({
  id: newEntryId(),
  label,
  number,
  listed: entry.refresh_token !== null,
  session: sessionOf(entry),
})

/** Removes sign-ins without a refresh token when the next token comes. */
const gone = (found: OpenedList | null, items: ListItem[]) =>
  (found?.entries ?? [])
    .filter(({ id }) => items.some((item) => item.id === id))
    .map(({ id, version }) => ({ id, value: null, over: version }))
