import { AppError } from '../errors.js'

export const LABEL_AT_MOST = 60

/** Letters, marks, digits, punctuation, symbols and spaces; no invisible characters, line breaks or changes of direction. */
const READABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]*$/u

/** Reads a label: in NFC, without spaces at the ends; null removes the label. @throws AppError `invalid_field` */
export function readLabel(sent: unknown): string | null {
  const label = typeof sent === 'string' ? sent.normalize('NFC').trim() : null
  if (label !== null && [...label].length <= LABEL_AT_MOST && READABLE.test(label)) return label === '' ? null : label
  throw new AppError(
    'invalid_field',
    `label is missing, longer than ${LABEL_AT_MOST} characters, or has a character that can't be seen.`,
    {
      hint: 'Use letters, digits, punctuation, symbols and spaces.',
      extra: { field: 'label' },
    },
  )
}
