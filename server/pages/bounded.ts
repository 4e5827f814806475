import type { Piece } from '../device-config/formats/format.js'
import { boundedJson } from '../provider/bounded-json.js'

/** Characters of JSON that a page shows of one thing that others wrote. */
const JSON_AT_MOST = 16_000

/** Writes JSON for people: a page shows as much of it as it can bear. */
export const indented = (value: object): string => JSON.stringify(boundedJson(value, JSON_AT_MOST), null, 2)

/** Characters of a token that a page repeats in requests and files. Longer ones are rare, and are on the page once. */
const REPEATED_AT_MOST = 4_096

/** Whether a page repeats this token in what it shows of a file. */
export const fitsRepeated = (token: string): boolean => token.length <= REPEATED_AT_MOST

/** Puts a placeholder where a long token is repeated; the file that is downloaded has the token itself. */
export const withoutLongTokens = (pieces: Piece[]): Piece[] =>
  pieces.map((piece) =>
    piece.secret && piece.text.length > REPEATED_AT_MOST
      ? { text: `<TOKEN OF ${piece.text.length} CHARACTERS>`, secret: false }
      : piece,
  )

/** Bytes that a token may take in the HTML: every JWT fits, and so does an opaque one without many quotes. */
const TOKEN_AT_MOST = 64 * 1024
const AN_ENTITY = '&#34;'.length - 1

/** Whether a token can stand on a page, where each of `& < > " '` takes five characters. */
export const fitsOnAPage = (token: string): boolean =>
  token.length + AN_ENTITY * (token.match(/[&<>"']/g)?.length ?? 0) <= TOKEN_AT_MOST
