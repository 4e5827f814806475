import type { Format } from '../device-config/formats/format.js'

/** A stretch of text; a secret one is masked on the page until asked for. */
export interface Piece {
  text: string
  secret: boolean
}

/** Masks the rest of every line that gives a secret its value, however the format quotes it. */
export function maskedLines(text: string, { spell }: Pick<Format, 'spell'>): Piece[] {
  const names = [spell('refresh_token'), spell('client_secret')].join('|')
  const line = new RegExp(`^((?:export |#define |[ \\t]*)["']?(?:${names})["']?(?: *[=:] *| ))(.+)$`, 'm')
  return pieces(text, line, 3)
}

/** Masks these values, as they are and as form fields, JSON and a POSIX shell spell them, and what follows `Basic`. */
export function maskedValues(text: string, secrets: (string | null)[]): Piece[] {
  const spelt = secrets
    .filter((secret) => secret !== null && secret !== '')
    .flatMap((secret) => [
      secret as string,
      new URLSearchParams([['', secret as string]]).toString().slice(1),
      JSON.stringify(secret).slice(1, -1),
      (secret as string).replaceAll("'", `'\\''`),
    ])
  const values = [...new Set(spelt)].sort((a, b) => b.length - a.length).map(literally)
  return pieces(text, new RegExp(`(${['(?<=: Basic )[\\w+/=]+', ...values].join('|')})`), 2)
}

/** What `split` puts at every nth place is what the last group of the pattern matched. */
const pieces = (text: string, pattern: RegExp, nth: number): Piece[] =>
  text
    .split(pattern)
    .map((part, index) => ({ text: part, secret: index % nth === nth - 1 }))
    .filter((piece) => piece.text !== '')

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
