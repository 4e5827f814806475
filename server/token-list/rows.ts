import type { Config } from '../config/config.js'
import type { Preset } from '../knowledge/presets/preset.js'
import type { OpenedList } from '../tokens/entries.js'
import type { Verdict } from '../tokens/entry.js'
import { fingerprint } from '../tokens/fingerprint.js'
import { useBefore } from '../tokens/lifetime.js'
import { iso, verdictOf } from '../tokens/token-answer-json.js'
import { listed } from '../tokens/token-list.js'
import { refreshTokenUsage } from '../tokens/usage.js'

/** What the list says about one token: no token and no secret. Times are ISO 8601, null for unknown. */
export interface ListRow {
  id: string
  label: string | null
  username: string | null
  subject: string | null
  issuer: string | null
  client_id: string
  /** Of the current refresh token. */
  fingerprint: string
  /** Of the one in the file that was downloaded last: what a device has. */
  downloaded_fingerprint: string | null
  file: string | null
  /** The provider's session (`sid`): tokens of one session end together. */
  session: string | null
  minted_at: string | null
  verdict: Verdict | null
  refresh_token_expires_at: string | null
  use_before: string | null
  refresh_token_usage: 'keep' | 'store'
}

/** The list, latest first. */
export function listRows({ oauth2 }: Config, preset: Preset, { list, entries }: OpenedList): ListRow[] {
  return listed(list)
    .toReversed()
    .flatMap((item) => {
      const entry = entries.find(({ id }) => id === item.id)?.entry
      if (!entry?.refresh_token) return []
      const download = entry.downloads.at(-1)
      return {
        id: item.id,
        label: item.label,
        username: entry.who.username,
        subject: entry.who.subject,
        issuer: oauth2.issuer,
        client_id: oauth2.clientId,
        fingerprint: fingerprint(entry.refresh_token),
        downloaded_fingerprint: download?.fingerprint ?? null,
        file: download?.file ?? null,
        session: item.session,
        minted_at: entry.origin === 'sign_in' ? iso(entry.minted_at) : null,
        verdict: verdictOf(entry),
        refresh_token_expires_at: iso(entry.refresh_token_expires_at),
        use_before: iso(useBefore(entry, preset)),
        refresh_token_usage: refreshTokenUsage(entry, preset),
      }
    })
}
