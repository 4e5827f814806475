import type { Piece } from '../device-config/formats/format.js'
import { withoutLongTokens } from './bounded.js'

/** Masks these values, as they are and as form fields, JSON and a POSIX shell spell them, and what follows `Basic`. */
export function maskedValues(text: string, secrets: (string | null)[]): Piece[] {
  const credentials = [...text.matchAll(/: Basic ([\w+/=]+)/g)].map(([, value]) => value as string)
  const values = secrets
    .filter((secret) => secret !== null && secret !== '')
    .flatMap((secret) => spellings(secret as string))
  const pieces = [...new Set([...credentials, ...values])]
    .sort((a, b) => b.length - a.length)
    .reduce<Piece[]>(
      (all, value) => all.flatMap((piece) => (piece.secret ? piece : split(piece.text, value))),
      [{ text, secret: false }],
    )
  return withoutLongTokens(pieces)
}

/** A token of safe characters, as any JWT is, is spelt the same everywhere. */
const spellings = (secret: string): string[] =>
  /^[\w.-]+$/.test(secret)
    ? [secret]
    : [
        secret,
        new URLSearchParams([['', secret]]).toString().slice(1),
        JSON.stringify(secret).slice(1, -1),
        secret.replaceAll("'", `'\\''`),
      ]

/** The text around a value, and the value, wherever it stands. */
const split = (text: string, value: string): Piece[] =>
  text
    .split(value)
    .flatMap((part, index) => [...(index > 0 ? [{ text: value, secret: true }] : []), { text: part, secret: false }])
    .filter((piece) => piece.text !== '')
