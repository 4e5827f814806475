import type { Finding } from '../../findings/finding.js'
import type { Seen } from '../seen.js'

/** Does it end at a date that is known? No known end is not "never": an idle limit shows nowhere but in the provider's settings. */
export function lifetime({ entry, preset }: Seen): Finding {
  const end = entry.refresh_token_expires_at
  if (end === null) return { result: 'pass', message: `No end is known. ${preset.lifetime}`, hint: null }
  return {
    result: 'warn',
    message: `It ends on ${new Date(end).toISOString().slice(0, 16).replace('T', ' at ')} UTC, unless a newer one replaces it.`,
    hint: 'Let the device store the token that comes back with each refresh, or mint another one before that date.',
  }
}
