import { type Finding, pass, unknown, warn } from '../../findings/finding.js'
import { endWords, movesNot } from '../end-words.js'
import type { Shown } from '../shown.js'

/** Does it end at a date that is known? No known end is not "never", and passes only where the provider says that there is none. */
export function lifetime(shown: Shown): Finding {
  const { entry, claims, preset } = shown
  const ends = endWords(shown)
  if (ends === null) {
    const endless = preset.keepable || (preset.id === 'keycloak' && claims?.typ === 'Offline')
    return (endless ? pass : unknown)(`No fixed end is known. ${preset.lifetime}`)
  }
  return warn(
    ends,
    movesNot(entry, preset.end?.from)
      ? 'Mint another token before then. The calendar entry reminds you.'
      : 'Let the device store each new token.',
  )
}
