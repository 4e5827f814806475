/** Values that went out with a request: an answer's words are shown without them. */
export type SentValues = readonly (readonly [name: string, value: string])[]

/** Names of a token request's parameters whose values are words of the RFCs, and say nothing of anybody. */
const WORDS_OF_THE_RFC = ['grant_type', 'token_type_hint', 'scope']

/** Shorter values are words of everyday life: taken out only where they stand alone. */
const LONG = 8
/** So much of the beginning of a long value gives it away as well. */
const BEGINNING = 16

/** What must not come back in a text: the fields of a request, and the credentials in its header. */
export const sentValues = (fields: Iterable<[string, string]>, credentials: SentValues): SentValues =>
  [...fields, ...credentials].filter(([name, value]) => !WORDS_OF_THE_RFC.includes(name) && value !== '')

/** The text with every value that was sent replaced by its name, as it is and as it looks on the wire. */
export function withoutSent(text: string, sent: SentValues): string {
  let left = text
  const values = sent.filter(([, value]) => value.trim() !== '')
  for (const [name, value] of values.sort((a, b) => b[1].length - a[1].length)) {
    for (const spelling of new Set([value, encodeURIComponent(value), formEncoded(value)])) {
      left = replaced(left, spelling, `<${name}>`)
    }
  }
  return left
}

function replaced(text: string, value: string, by: string): string {
  if (value.length >= LONG) return withoutBeginning(text.replaceAll(value, by), value, by)
  return text.replace(new RegExp(`(?<![\\w-])${value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'g'), () => by)
}

/** A provider may cut what it quotes. */
function withoutBeginning(text: string, value: string, by: string): string {
  if (value.length < 2 * BEGINNING) return text
  const start = text.indexOf(value.slice(0, BEGINNING))
  if (start < 0) return text
  let end = BEGINNING
  while (start + end < text.length && text[start + end] === value[end]) end += 1
  return text.slice(0, start) + by + withoutBeginning(text.slice(start + end), value, by)
}

const formEncoded = (value: string) => new URLSearchParams([['', value]]).toString().slice(1)
