/** Values that we sent with a request. We remove them from the provider's text before we show it. */
export type SentValues = readonly (readonly [name: string, value: string])[]

/** Parameters with values from the RFCs, which identify no person. */
const WORDS_OF_THE_RFC = ['grant_type', 'token_type_hint', 'scope']

/** Shorter values may be ordinary words, so they are removed only as whole words. */
const LONG = 8
/** The beginning of a long value with this many characters also counts as the value. */
const BEGINNING = 16

/** Collects the values that a text must not contain: the fields of a request, and the credentials in its header. */
export const sentValues = (fields: Iterable<[string, string]>, credentials: SentValues): SentValues =>
  [...fields, ...credentials].filter(([name, value]) => !WORDS_OF_THE_RFC.includes(name) && value !== '')

/** Replaces every value that we sent by its name, in plain and in encoded spelling. */
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

/** A provider may quote only the beginning of a value. */
function withoutBeginning(text: string, value: string, by: string): string {
  if (value.length < 2 * BEGINNING) return text
  const start = text.indexOf(value.slice(0, BEGINNING))
  if (start < 0) return text
  let end = BEGINNING
  while (start + end < text.length && text[start + end] === value[end]) end += 1
  return text.slice(0, start) + by + withoutBeginning(text.slice(start + end), value, by)
}

const formEncoded = (value: string) => new URLSearchParams([['', value]]).toString().slice(1)
