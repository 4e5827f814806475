import type { About } from '../fields.js'

/**
 * What a file says about itself: which token, whose, what its test found, when it was written. A username may be any text at all,
 * and in a comment a line break, a last `\`, `??/` or a right-to-left mark would reach beyond it: only plain characters stay,
 * others become `_`.
 */
export function comment(
  marker: '#' | '//',
  cantStore: string | null,
  { fingerprint, user, label, verdict, written_at }: About,
): string {
  const whose = user === null ? '' : ` of ${user.slice(0, 100)}`
  const named = label ? ` for ${label}` : ''
  const text = `Refresh token ${fingerprint}${whose}${named}, ${verdict ?? 'not tested'}, written ${written_at.toISOString()}`
  const lines = cantStore === null ? [text] : [cantStore, text]
  return lines.map((line) => `${marker} ${line.replace(/[^A-Za-z0-9 .,:@+-]/gu, '_')}\n`).join('')
}
