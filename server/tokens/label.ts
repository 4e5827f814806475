import { AppError } from '../errors.js'

export const LABEL_AT_MOST = 60

/** Letters, marks, digits, punctuation, symbols and spaces: nothing that hides, breaks a line or turns the direction of text. */
const READABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]*$/u

/** A label as it is kept: NFC, without spaces at its ends; null takes the name away. @throws AppError `invalid_field` */
export function readLabel(sent: unknown): string | null {
  const label = typeof sent === 'string' ? sent.normalize('NFC').trim() : null
  if (label !== null && [...label].length <= LABEL_AT_MOST && READABLE.test(label)) return label === '' ? null : label
  throw new AppError(
    'invalid_field',
    `label is missing, longer than ${LABEL_AT_MOST} characters, or holds one that can't be seen.`,
    {
      hint: 'Use letters, digits, punctuation, symbols and spaces.',
      extra: { field: 'label' },
    },
  )
}
