import type { MemoryBudget } from './memory-budget.js'
import type { ListChange, RecordLists, Versioned } from './record-lists.js'

interface List {
  head: Versioned
  latest: string
  entries: Map<string, Versioned>
  expires: number
}

/** Keeps lists in this process. `sweep` removes the expired ones. */
export function createMemoryLists(
  now: () => number,
  budget: MemoryBudget,
): RecordLists & { sweep(): void; clear(): void } {
  const lists = new Map<string, List>()

  const live = (name: string): List | undefined => {
    const list = lists.get(name)
    if (!list || list.expires > now()) return list
    forget(name)
    return undefined
  }

  const forget = (name: string) => {
    const list = lists.get(name)
    if (list) budget.change(-sizeOf(list))
    lists.delete(name)
  }

  return {
    async read(name, which, idle) {
      const list = live(name)
      if (!list) return null
      if (idle !== undefined) list.expires = now() + idle
      if (which === 'all') return { head: list.head, entries: new Map(list.entries) }
      const id = which === 'latest' ? list.latest : which.id
      const entry = list.entries.get(id)
      return { head: list.head, entries: new Map(entry && [[id, entry]]) }
    },
    async write(name, { head, entries, lasts }) {
      const before = live(name)
      if (!fits(before, { head, entries })) return false
      const list = before ?? { head: { value: '', version: 0 }, latest: '', entries: new Map(), expires: 0 }
      budget.change(grown(list, { head, entries }))
      if (head) Object.assign(list, { head: { value: head.value, version: head.over + 1 }, latest: head.latest })
      for (const { id, value, over } of entries) {
        if (value === null) list.entries.delete(id)
        else list.entries.set(id, { value, version: over + 1 })
      }
      if (lasts) list.expires = now() + lasts.idle
      lists.set(name, list)
      return true
    },
    async remove(name) {
      forget(name)
    },
    sweep() {
      for (const name of lists.keys()) live(name)
    },
    clear: () => lists.clear(),
  }
}

/** Whether each version is still the one that the change was made from. */
const fits = (list: List | undefined, { head, entries }: Pick<ListChange, 'head' | 'entries'>): boolean =>
  (head === undefined || (list?.head.version ?? 0) === head.over) &&
  entries.every(({ id, over }) => (list?.entries.get(id)?.version ?? 0) === over)

const sizeOf = ({ head, entries }: List): number =>
  [head, ...entries.values()].reduce((sum, { value }) => sum + value.length, 0)

/** Characters that a change adds. */
function grown(list: List, { head, entries }: Pick<ListChange, 'head' | 'entries'>): number {
  const ofHead = head ? head.value.length - list.head.value.length : 0
  return entries.reduce(
    (sum, { id, value }) => sum + (value?.length ?? 0) - (list.entries.get(id)?.value.length ?? 0),
    ofHead,
  )
}
