import type { Cause } from '../knowledge/causes/cause.js'
import { causeOf } from '../knowledge/causes/causes.js'
import type { Entry } from './entry.js'

/** Why a token that the provider refused is dead, and the switch; null where it was revoked here, or nobody knows the words. */
export function whyDead({ dead }: Pick<Entry, 'dead'>, provider: string): Cause | null {
  if (dead === null || dead.reason === 'revoked') return null
  const { error, error_description } = dead
  return causeOf({ where: 'refresh', error, error_description, provider })
}
