import type { Provider } from '../provider/provider.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { Entries, StoredEntry } from '../tokens/entries.js'
import type { TokenLists } from '../tokens/lists.js'
import { findWho, signatureOf, signInEntry } from '../tokens/mint.js'
import { insist, notStored } from '../tokens/not-stored.js'
import { newListId } from '../tokens/token-list.js'

interface Options {
  provider: Provider
  entries: Entries
  lists: TokenLists
  /** On a shared site, another person's token goes to a new list. */
  shared: boolean
  now: () => number
}

/** Turns the provider's answer to a sign-in into a token on this list, or on a new one where another person signed in. */
export type Mint = (answer: TokenAnswer, list: string, label?: string | null) => Promise<StoredEntry>

/**
 * Stores the tokens first, and only then asks for the provider's keys and UserInfo. If the store fails, the error has the token, so it
 * is not lost. @throws AppError `store_unavailable`
 */
export function createMint({ provider, entries, lists, shared, now }: Options): Mint {
  async function toItsOwner(stored: StoredEntry): Promise<StoredEntry> {
    const { subject } = stored.entry.who
    if (subject === null || (await lists.belongsTo(stored.list, subject)) === subject || !shared) return stored
    const moved = await lists.add(newListId(), stored.entry, { label: stored.label, subject, leftAnother: true })
    await lists.forget(stored.list, stored.id)
    return moved
  }

  return async (answer, list, label = null) => {
    const lost = (error: unknown) => {
      throw notStored(answer.refresh_token, error)
    }
    const entry = signInEntry(answer, provider.preset(), now())
    const stored = await insist(() => lists.add(list, entry, { label })).catch(lost)
    const [who, signature] = await Promise.all([findWho(provider, answer), signatureOf(provider, answer.access_token)])
    const known = { ...stored.entry, who, signature }
    const saved = (await entries.save(stored, known).catch(() => null)) ?? { ...stored, entry: known }
    return toItsOwner(saved).catch(lost)
  }
}
