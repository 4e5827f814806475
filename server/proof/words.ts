import type { Preset } from '../knowledge/presets/preset.js'
import type { Found, NotAsked, Proof } from '../tokens/entry.js'

/** How a verdict was found, one sentence each. */
const FOUND: Record<Exclude<Found, 'documented_valid' | 'documented_one_time' | 'not_known'>, string> = {
  same: 'The same token worked twice, and the provider sent no other.',
  first_active: 'Two refreshes brought other tokens, and the provider calls the first one still active.',
  first_inactive: 'Two refreshes brought other tokens, and the provider calls the first one no longer active.',
  learned:
    'Two refreshes brought other tokens. The provider has refused an earlier token of this client in a reuse test.',
  grace:
    'Two refreshes brought other tokens, and the provider calls the first one still active, but perhaps only for a grace period.',
  refused_at_first: 'The provider refused it at the first refresh.',
  refused_at_second: 'The provider refused it at the second refresh.',
  dead_before: 'It is dead already, so we did not send it again.',
  reuse_refused: 'The provider refused the first token when we used it again, and the current one still works.',
  reuse_ended_grant:
    'We used the first token again, and the provider ended all tokens of this sign-in: it detects reuse.',
  reuse_taken:
    'The first token still worked more than 90 seconds after it was replaced. Some providers have longer grace periods.',
}

const NOT_ASKED: Record<NotAsked, string> = {
  no_introspection: "this provider has no introspection, so we can't ask whether the first one is active",
  current_inactive: 'introspection calls even the current token inactive',
  calls_all_active: 'introspection calls even a made-up token active',
  no_answer: 'introspection gave no answer about the first one',
}

/** How the verdict of this test was found. */
export function foundWords({ found, not_asked }: Proof, { name, reuse }: Preset): string {
  if (found === 'documented_one_time') return `${name} documents that a refresh ends the old token. ${reuse}`
  if (found === 'documented_valid')
    return `${name} documents that a replaced token stays valid until it expires. ${reuse}`
  if (found === 'not_known')
    return `Two refreshes brought other tokens, and ${NOT_ASKED[not_asked ?? 'no_answer']}. ${reuse}`
  return FOUND[found]
}
