import { inWords, onDay, span } from '../findings/times.js'
import type { Entry } from '../tokens/entry.js'
import type { Shown } from './shown.js'

/** The known end in one sentence; null where none is known. */
export function endWords({
  entry,
  claims,
  preset,
  now,
}: Pick<Shown, 'entry' | 'claims' | 'preset' | 'now'>): string | null {
  const at = entry.refresh_token_expires_at
  const end = entry.proof?.end ?? null
  if (at === null) {
    return end === null ? null : 'The token before this one had an end. Test this one to see its date.'
  }
  if (at <= now) return `It ended ${inWords(at, now)}.`
  if (movesNot(entry, preset.end?.from)) return `It ends ${onDay(at, now)}, whatever the device does.`
  if (!end?.moves) return `It ends ${onDay(at, now)}, unless a refresh extends it: store the newest.`
  const max = preset.id === 'keycloak' && claims?.typ === 'Offline' ? MAX : '.'
  return `Each refresh extends it${end.lasts === null ? '' : ` by ${span(end.lasts)}`}: store the newest${max}`
}

const MAX = ', and it ends at Offline Session Max (60 days by default).'

/** Whether the known end stays where it is, by what a test has seen or by what the provider documents. */
export function movesNot(
  { proof, refresh_token_expires_source: source }: Entry,
  documentedFrom: 'sign_in' | 'issue' | undefined,
): boolean {
  return source === 'documented' ? documentedFrom === 'sign_in' : proof?.end?.moves === false
}
