import type { Provider } from '../provider/provider.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { Entries, StoredEntry } from '../tokens/entries.js'
import { findWho, signatureOf, signInEntry } from '../tokens/mint.js'
import { insist, notStored } from '../tokens/not-stored.js'

interface Options {
  provider: Provider
  entries: Entries
  /** Milliseconds that the entry lives unless it is read. */
  lasts: number
  now: () => number
}

/** Turns the provider's answer to a sign-in into a stored entry. */
export type Mint = (answer: TokenAnswer) => Promise<StoredEntry>

/**
 * The tokens are stored at once, and only then are the provider's keys and UserInfo asked. A store that does not take the entry
 * costs no token: the error carries it. @throws AppError `store_unavailable`
 */
export const createMint =
  ({ provider, entries, lasts, now }: Options): Mint =>
  async (answer) => {
    const entry = signInEntry(answer, provider.preset(), now())
    const stored = await insist(() => entries.create(entry, lasts)).catch((error) => {
      throw notStored(answer.refresh_token, error)
    })
    const [who, signature] = await Promise.all([findWho(provider, answer), signatureOf(provider, answer.access_token)])
    const known = { ...entry, who, signature }
    return (await entries.save(stored, known).catch(() => null)) ?? { ...stored, entry: known }
  }
