import type { StoredEntry } from '../tokens/entries.js'
import { Page } from './send-page.js'

/** Gives the page of a token set, with its files for one place. */
export type KeptPages = (stored: StoredEntry, place: unknown) => Promise<Page>

/**
 * Renders a page once for each version of what it shows. It is good for the second that it was made in, for it tells times to the
 * second; then all are forgotten, so that no more are kept than one second brings.
 */
export function keepPages(
  render: (stored: StoredEntry, place: unknown) => Promise<string>,
  now: () => number,
): KeptPages {
  let second = 0
  let kept = new Map<StoredEntry, { place: unknown; page: Page }>()

  return async (stored, place) => {
    const current = Math.floor(now() / 1000)
    if (current !== second) {
      second = current
      kept = new Map()
    }
    const last = kept.get(stored)
    if (last && last.place === place) return last.page
    const page = new Page(await render(stored, place))
    kept.set(stored, { place, page })
    return page
  }
}
