import type { Preset } from '../knowledge/presets/preset.js'
import type { Entry, Verdict } from '../tokens/entry.js'
import { lastsWithUse } from '../tokens/lifetime.js'
import { verdictOf } from '../tokens/token-answer-json.js'

/** The page's one sentence: what the token is worth, and what the device must do. */
export interface VerdictWords {
  verdict: Verdict | null
  tone: 'good' | 'care' | 'bad' | 'open'
  word: string
  sentence: string
}

export function verdictWords(entry: Entry, preset: Preset): VerdictWords {
  const verdict = verdictOf(entry)
  if (entry.refresh_token === null) return { verdict, ...NO_TOKEN }
  switch (verdict) {
    case null:
      return { verdict, ...(entry.origin === 'brought' ? BROUGHT : NOT_PROVEN) }
    case 'reusable':
      return { verdict, ...reusable(entry, preset) }
    case 'invalid':
      return { verdict, ...invalid(entry) }
    default:
      return { verdict, ...WORDS[verdict] }
  }
}

type Words = Omit<VerdictWords, 'verdict'>

const NO_TOKEN: Words = {
  tone: 'care',
  word: 'No refresh token.',
  sentence: 'The sign-in worked, and the provider gave an access token alone. There is nothing here for a device yet.',
}

const NOT_PROVEN: Words = {
  tone: 'open',
  word: 'Not proven yet.',
  sentence:
    'The proof refreshes it twice, as your device will, and finds out whether the first token stays valid. It harms nothing.',
}

const BROUGHT: Words = {
  tone: 'open',
  word: 'Not proven yet.',
  sentence:
    'Nothing was sent that uses it up. The proof refreshes it twice: should it be one-time, the copy in a device is dead then, and the newest is here.',
}

const WORDS: Record<'one_time' | 'unknown', Words> = {
  one_time: {
    tone: 'care',
    word: 'One-time.',
    sentence:
      'Every refresh replaces this token. Your device must save the new one before using it, and only one device may hold it.',
  },
  unknown: {
    tone: 'care',
    word: 'It works, but may be one-time.',
    sentence:
      'Refreshing brought other tokens, and whether the first still works could not be told. Let the device store each new token, and give it to one device only.',
  },
}

function reusable(entry: Entry, preset: Preset): Words {
  const end = entry.refresh_token_expires_at
  if (end !== null) {
    return {
      tone: 'care',
      word: 'Reusable, but it ends.',
      sentence: `The first token stays valid from call to call until ${new Date(end).toISOString().slice(0, 10)}. Let the device store each new token, or mint another before that day.`,
    }
  }
  if (!lastsWithUse(entry)) {
    return {
      tone: 'care',
      word: 'Reusable, but it ends.',
      sentence:
        'The first token stays valid from call to call, until a date of its own. Let the device store each new token; prove the newest to learn its date.',
    }
  }
  const idle = preset.idleDays === undefined ? '' : ` (${preset.name}'s default: ${preset.idleDays} days)`
  return {
    tone: 'good',
    word: 'Reusable.',
    sentence: `We refreshed twice and the first token is still valid: put it in the device and leave it. It must be used before the provider's idle limit runs out${idle}.`,
  }
}

function invalid({ dead }: Entry): Words {
  return dead?.reason === 'revoked'
    ? {
        tone: 'bad',
        word: 'Revoked.',
        sentence:
          'This token was revoked here: no device can refresh with it any more. Mint another one when you need it.',
      }
    : {
        tone: 'bad',
        word: 'Invalid.',
        sentence:
          'The provider refuses this token: it has expired, was revoked, or was used up. Sign in again to mint another one.',
      }
}
