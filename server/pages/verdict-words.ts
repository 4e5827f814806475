import { inWords, onDay } from '../findings/times.js'
import { offlineToken } from '../proof/checks/offline-token.js'
import { endWords, movesNot } from '../proof/end-words.js'
import type { Shown } from '../proof/shown.js'
import type { Verdict } from '../tokens/entry.js'
import { verdictOf } from '../tokens/token-answer-json.js'
import { dead } from './dead-words.js'
import type { VerdictWords, Words } from './headline.js'
import { reusable } from './reusable-words.js'

/** The headline is the worst that is known; `verdict` is always the test's own. */
export function verdictWords(shown: Shown): VerdictWords {
  const verdict = verdictOf(shown.entry)
  return { verdict, says: [], ...headline(shown, verdict) }
}

function headline(shown: Shown, verdict: Verdict | null): Words {
  const { entry } = shown
  if (entry.refresh_token === null) return NO_TOKEN
  if (verdict === 'invalid') return dead(shown)
  if (entry.other_client) return otherClient(entry.other_client)
  if (entry.refused) return refused(shown)
  if (offlineToken(shown).result === 'warn') return notOffline(shown)
  if (endsSoon(shown)) return ending(shown)
  if (verdict === null) return entry.origin === 'brought' ? PASTED : NOT_TESTED
  if (verdict === 'one_time') return oneTime(shown)
  return verdict === 'unknown' ? UNKNOWN : reusable(shown)
}

const NO_TOKEN: Words = {
  tone: 'care',
  word: 'No refresh token.',
  sentence:
    'The sign-in worked, and the provider gave only an access token. There is nothing here yet that a device can keep using.',
}

const NOT_TESTED: Words = {
  tone: 'open',
  word: 'Not tested yet.',
  sentence:
    'The test refreshes it twice, as your device will, and finds out whether the first token stays valid. If the provider sends a new token, we keep it.',
}

const PASTED: Words = {
  tone: 'open',
  word: 'Not tested yet.',
  sentence:
    'We have not refreshed it. The test refreshes it twice. If it is a one-time token, the copy in a device then stops working, and only this page has the working one.',
}

const UNKNOWN: Words = {
  tone: 'care',
  word: 'It works, but may be one-time.',
  sentence:
    "Each refresh brought another token, and we couldn't find out whether the first one still works. Put the token into one device only, and let that store each new one.",
  says: ['reuse'],
}

const otherClient = (whose: string): Words => ({
  tone: 'bad',
  word: 'A token from somewhere else.',
  sentence: `${whose} We sent nothing. Set OAUTH2_ISSUER and OAUTH2_CLIENT_ID to those of the token, restart, and paste it again.`,
})

function refused({ entry: { refused } }: Shown): Words {
  const said = refused?.error_description ?? refused?.error
  return {
    tone: 'bad',
    word: 'Refused for now.',
    sentence: `The provider refuses this token${said ? `: "${said}"` : ''}. It is not dead: fix the cause, and test it again.`,
  }
}

function notOffline({ entry, now }: Shown): Words {
  const end = entry.refresh_token_expires_at
  const ends = end === null ? '' : end > now ? ` It ends ${onDay(end, now)}.` : ` It ended ${inWords(end, now)}.`
  return {
    tone: 'bad',
    word: 'Not an offline token.',
    sentence: `It ends with the session at the provider, so your device will stop soon.${ends} Add offline_access to OAUTH2_SCOPE in .env, restart, and sign in again.`,
    says: ['offline_token', 'lifetime'],
  }
}

const WEEK = 7 * 86_400_000

/** An end within a week that no refresh moves, as far as we know. */
function endsSoon({ entry, preset, now }: Shown): boolean {
  const end = entry.refresh_token_expires_at
  return end !== null && end - now < WEEK && movesNot(entry, preset.end?.from)
}

function ending(shown: Shown): Words {
  const { entry, now } = shown
  const end = entry.refresh_token_expires_at as number
  const rest = {
    one_time: ' Each refresh also replaces it: the device must store the new one.',
    reusable: '',
    unknown: ' Let the device store each new token until then.',
    invalid: '',
  }[verdictOf(entry) ?? 'reusable']
  return {
    tone: 'bad',
    word: end <= now ? 'It has ended.' : 'It ends soon.',
    sentence: `${endWords(shown)} ${end <= now ? 'Mint another token.' : `Mint another token before then.${rest}`}`,
    says: ['lifetime', 'reuse'],
  }
}

function oneTime({ entry, preset }: Shown): Words {
  const documented = entry.proof?.basis === 'documented' ? ` ${preset.name} documents this.` : ''
  return {
    tone: 'care',
    word: 'One-time.',
    sentence: `Every refresh replaces this token. Your device must save the new one before using it, and only one device may have it.${documented}`,
    says: ['reuse'],
  }
}
