import { onDay } from '../findings/times.js'
import { endWords } from '../proof/end-words.js'
import type { Shown } from '../proof/shown.js'
import { useBefore } from '../tokens/lifetime.js'
import { refreshTokenUsage } from '../tokens/usage.js'
import type { Words } from './headline.js'

/** What a reusable token is worth: only where it may be kept does the page say "leave it". */
export function reusable(shown: Shown): Words {
  const { entry, preset } = shown
  const ends = endWords(shown)
  if (ends !== null) {
    return { tone: 'care', word: 'Reusable, but it ends.', sentence: `${worked(shown)} ${ends}`, says: ['lifetime'] }
  }
  if (refreshTokenUsage(entry, preset) === 'keep') {
    return {
      tone: 'good',
      word: 'Reusable.',
      sentence: `We refreshed twice and the first token is still valid: put it in the device and leave it. ${idleWords(shown)}`,
      says: ['lifetime'],
    }
  }
  return {
    tone: 'care',
    word: 'Reusable so far.',
    sentence: `${worked(shown)} Let the device store each new token: ${preset.id === 'generic' ? 'we do not know whether' : `${preset.name} does not promise that`} the first one stays valid. ${idleWords(shown)}`,
    says: ['lifetime'],
  }
}

const worked = ({ entry, preset }: Shown) =>
  entry.proof?.basis === 'documented'
    ? `${preset.name} documents that the first token stays valid after a refresh.`
    : 'We refreshed twice and the first token was still valid.'

function idleWords({ entry, preset, now }: Shown): string {
  if (preset.idle === undefined) return preset.lifetime
  const before = useBefore(entry, preset)
  const date = before === null ? '' : `: use it before ${onDay(before, now).replace(/^on /, '')}`
  return preset.idle.by === 'default'
    ? `It expires when it is not used for a time, by default ${preset.idle.days} days; your provider may differ.`
    : `It expires when it is not used for ${preset.idle.days} days${date}.`
}
