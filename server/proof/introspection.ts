import { randomBytes } from 'node:crypto'
import type { Provider } from '../provider/provider.js'
import type { TokenSet, Verdict } from '../tokens/token-set.js'

/** What introspection tells of the first token, after others came back. */
export interface FirstToken {
  verdict: Extract<Verdict, 'reusable' | 'one_time' | 'unknown'>
  how: string
  /** A known end of the newest token, milliseconds since the epoch. */
  endsAt: number | null
}

/**
 * Asks about the *first* token without using it (RFC 7662). Nothing is believed without its controls: the newest token must be
 * active, and a made-up one must not be.
 */
export async function askAboutFirst(provider: Provider, tokens: TokenSet): Promise<FirstToken> {
  const unknown = (how: string): FirstToken => ({ verdict: 'unknown', how, endsAt: null })
  try {
    const newest = await provider.introspect(tokens.refresh_token as string)
    if (newest === null)
      return unknown('Others came back, and this provider has nobody to ask about the first (no introspection).')
    if (!newest.active) return unknown('Others came back, and introspection does not know even the newest token.')
    const madeUp = await provider.introspect(randomBytes(48).toString('base64url'))
    if (madeUp?.active !== false)
      return unknown('Others came back, and introspection calls even a made-up token active.')
    const first = await provider.introspect(tokens.initial_refresh_token as string)
    const endsAt = typeof newest.exp === 'number' && newest.exp > 0 ? newest.exp * 1000 : null
    return first?.active
      ? {
          verdict: 'reusable',
          how: 'Two refreshes brought other tokens, and the provider calls the first one still active.',
          endsAt,
        }
      : {
          verdict: 'one_time',
          how: 'Two refreshes brought other tokens, and the provider calls the first one no longer active.',
          endsAt,
        }
  } catch {
    return unknown('Others came back, and introspection of the first did not work.')
  }
}
