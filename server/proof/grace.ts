import type { Entry } from '../tokens/entry.js'

/** Longer than the grace periods that we know of (Cognito: 60 s). */
const GRACE = 90_000

/** Milliseconds in which a provider may still take the first token, although it was replaced; 0 when they are over. */
export const graceLeft = ({ first_replaced_at }: Pick<Entry, 'first_replaced_at'>, now: number): number =>
  first_replaced_at === null ? 0 : Math.max(0, first_replaced_at + GRACE - now)
