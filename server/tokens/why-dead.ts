import type { Cause } from '../knowledge/causes/cause.js'
import { causeOf } from '../knowledge/causes/causes.js'
import type { Entry } from './entry.js'

/** Finds why the provider refused the token, and what to do; null if it was revoked here or we don't know the provider's text. */
export function whyDead({ dead }: Pick<Entry, 'dead'>, provider: string): Cause | null {
  if (dead === null || dead.reason === 'revoked') return null
  const { error, error_description } = dead
  return causeOf({ where: 'refresh', error, error_description, provider })
}
