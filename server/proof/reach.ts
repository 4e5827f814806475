import type { Provider } from '../provider/provider.js'
import type { StoredEntry } from '../tokens/entries.js'
import { madeUp } from './introspection.js'

/** What introspection says about a token; `unknown` where it can't be asked or believed. */
export type Life = 'alive' | 'dead' | 'unknown'

/** What a revocation did to another entry of the list. */
export interface Reached {
  id: string
  before: Life
  after: Life
}

/** Milliseconds for all questions about the other entries. */
const IN_ALL = 5_000

/**
 * Asks about the other entries before and after `revoke`. Controls: the token that is to be revoked must be active before, and a
 * made-up one not; else every answer is `unknown`.
 */
export async function withReach<T>(
  provider: Provider,
  current: string,
  others: readonly StoredEntry[],
  revoke: () => Promise<T>,
): Promise<{ done: T; reach: Reached[] }> {
  if (others.length === 0) return { done: await revoke(), reach: [] }
  let left = IN_ALL
  const lives = async (tokens: readonly string[]): Promise<Life[]> => {
    const began = performance.now()
    const found = await Promise.all(tokens.map((token) => lifeOf(provider, token, left)))
    left = Math.max(1, left - (performance.now() - began))
    return found
  }
  const tokens = others.map(({ entry }) => entry.refresh_token as string)
  const [ours, neverWas, ...before] = await lives([current, madeUp(current), ...tokens])
  const believed = ours === 'alive' && neverWas === 'dead'
  const done = await revoke()
  const after = believed ? await lives(tokens) : []
  return {
    done,
    reach: others.map(({ id }, i) => ({
      id,
      before: (believed ? before[i] : undefined) ?? 'unknown',
      after: after[i] ?? 'unknown',
    })),
  }
}

async function lifeOf(provider: Provider, token: string, timeout: number): Promise<Life> {
  const said = await provider.introspect(token, { timeout }).catch(() => null)
  if (said === null) return 'unknown'
  return said.active ? 'alive' : 'dead'
}
