import { type Finding, pass, warn } from '../../findings/finding.js'
import { endWords, movesNot } from '../end-words.js'
import type { Shown } from '../shown.js'

/** Does it end at a date that is known? No known end is not "never": an idle limit shows nowhere but in the provider's settings. */
export function lifetime(shown: Shown): Finding {
  const { entry, preset } = shown
  const ends = endWords(shown)
  if (ends === null) return pass(`No fixed end is known. ${preset.lifetime}`)
  return warn(
    ends,
    movesNot(entry, preset.end?.from)
      ? 'Mint another token before then. The calendar entry reminds you.'
      : 'Let the device store the token that comes back with each refresh.',
  )
}
