import type { Shown } from '../proof/shown.js'
import { whyDead } from '../tokens/why-dead.js'
import type { Words } from './headline.js'

/** Why a dead token is dead: the cause that is known, else the general sentence. */
export function dead({ entry, preset }: Shown): Words {
  if (entry.dead?.reason === 'revoked') return entry.dead.with_another ? WITH_ANOTHER : REVOKED
  if (entry.proof?.found === 'reuse_ended_grant') return REUSE
  const why = whyDead(entry, preset.id)
  return why ? { tone: 'bad', word: 'Dead.', sentence: `${why.means} ${why.hint}`, says: ['refresh'] } : GENERAL
}

const REVOKED: Words = {
  tone: 'bad',
  word: 'Revoked.',
  sentence: 'You revoked this token here: no device can refresh with it any more. Mint another one when you need it.',
  says: ['refresh'],
}

const WITH_ANOTHER: Words = {
  tone: 'bad',
  word: 'Revoked with another.',
  sentence:
    'This token ended when you revoked another one here: both belong to one session at the provider. Mint another one.',
  says: ['refresh'],
}

const REUSE: Words = {
  tone: 'bad',
  word: 'One-time, and dead since the reuse test.',
  sentence:
    'The reuse test used the first token again, and the provider ended all tokens of this sign-in. Sign in again. The new token will be one-time, too: put it into one device only, and let that store each new one.',
  says: ['refresh', 'reuse'],
}

const GENERAL: Words = {
  tone: 'bad',
  word: 'Dead.',
  sentence:
    'The provider refuses this token: it has expired, was revoked, or was used up. Sign in again to mint another one.',
  says: ['refresh'],
}
