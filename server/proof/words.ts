import type { Preset } from '../knowledge/presets/preset.js'
import type { Found, NotAsked, Proof } from '../tokens/entry.js'

/** How a verdict was found, one sentence each. */
const FOUND: Record<Exclude<Found, 'documented_valid' | 'documented_one_time' | 'not_known'>, string> = {
  same: 'The same token worked twice, and no other came back.',
  first_active: 'Two refreshes brought other tokens, and the provider calls the first one still active.',
  first_inactive: 'Two refreshes brought other tokens, and the provider calls the first one no longer active.',
  learned: 'Two refreshes brought other tokens. A reuse test of an earlier token of this client was refused.',
  grace: 'Others came back, and the provider calls the first one still active. It may do so for a grace period only.',
  refused_at_first: 'The provider refused it at the first refresh.',
  refused_at_second: 'The provider refused it at the second refresh.',
  dead_before: 'It is dead already, so we did not send it again.',
  reuse_refused: 'The provider refused the first token when we used it again, and the current one still works.',
  reuse_ended_grant: 'Using the first token again ended the whole grant: the provider detects reuse.',
  reuse_taken:
    'The first token still worked, more than 90 seconds after it had been replaced. Longer grace periods than that exist.',
}

const NOT_ASKED: Record<NotAsked, string> = {
  no_introspection: 'this provider has no introspection that would say whether the first one is active',
  current_inactive: 'introspection does not know even the current token',
  calls_all_active: 'introspection calls even a made-up token active',
  no_answer: 'introspection gave no answer about the first one',
}

/** How the verdict of this test was found. */
export function foundWords({ found, not_asked }: Proof, { name, reuse }: Preset): string {
  if (found === 'documented_one_time') return `${name} documents that a refresh ends the token that it used. ${reuse}`
  if (found === 'documented_valid')
    return `${name} documents that a replaced token stays valid until it expires. ${reuse}`
  if (found === 'not_known') return `Others came back, and ${NOT_ASKED[not_asked ?? 'no_answer']}. ${reuse}`
  return FOUND[found]
}
