import { escaped } from './problem.js'

/** A mistake in a value, without the setting's name. */
export interface Fault {
  problem: string
  cure: string
}

/** Control, format and bidi characters, halves of characters, blanks other than the space, and replacements of undecodable bytes. */
const INVISIBLE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\ufffd]|(?! )\p{Zs}/u

const NAMES: Record<string, string> = {
  '\t': 'a tab',
  '\n': 'a line break',
  '\r': 'a Windows line end',
  '\u00a0': 'a no-break space',
  '\u00ad': 'a soft hyphen',
  '\u200b': 'a zero-width space',
  '\u200c': 'a zero-width non-joiner',
  '\u200d': 'a zero-width joiner',
  '\u202e': 'a right-to-left override',
  '\u2060': 'a word joiner',
  '\ufeff': 'a byte order mark',
}

/** Reports the first character that is invisible or could not be decoded; null if there is none. */
export function invisibleIn(text: string): Fault | null {
  const found = INVISIBLE.exec(text)
  if (!found) return null
  const [character] = found
  const place = [...text.slice(0, found.index)].length + 1
  if (character === '\ufffd' || /\p{Cs}/u.test(character)) {
    return {
      problem: `holds a character that can't be decoded or is cut off (character ${place})`,
      cure: 'Write the value again, whole. If it is in a file, save that file in UTF-8: letters such as é are other bytes in Latin-1.',
    }
  }
  const named = NAMES[character]
  return {
    problem: `holds a character that doesn't show (${escaped(character)}${named ? `, ${named}` : ''}, character ${place})`,
    cure:
      character === '\r'
        ? 'Take it off: it comes from a file with Windows line ends.'
        : 'Type the value by hand, or paste it as plain text.',
  }
}

/** Removes such characters, to recognise a name that contains one. */
export function withoutInvisible(text: string): string {
  return text.replace(new RegExp(INVISIBLE, 'gu'), '')
}
