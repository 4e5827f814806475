import { inWords } from '../findings/times.js'
import type { Preset } from '../knowledge/presets/preset.js'
import { endWords } from '../proof/end-words.js'
import type { Shown } from '../proof/shown.js'
import { readJwt } from '../provider/jwt.js'
import type { Entry } from '../tokens/entry.js'
import { fingerprint } from '../tokens/fingerprint.js'
import { useBefore } from '../tokens/lifetime.js'
import { fitsOnAPage, indented } from './bounded.js'
import { type Moment, moment } from './words.js'

/** The refresh token as the profile page shows it. */
export interface RefreshTokenPart {
  value: string
  fingerprint: string
  length: number
  /** Claim `typ`: `Offline` at Keycloak; null where the token does not say. */
  typ: string | null
  /** What that means; null where the token does not say. */
  kind: string | null
  claims: string | null
  /** What is known about its end, one sentence. */
  end: string
  lifetime: string
  /** By when it must be used again, where the provider documents an idle limit. */
  useBefore: string | null
}

/** The access token as the profile page shows it. */
export interface AccessTokenPart {
  /** null where it would take too much of the page. */
  value: string | null
  length: number
  expires: Moment | null
  /** Seconds from now; negative if it has expired, null if unknown. */
  secondsLeft: number | null
  /** The same as a clock shows it: "valid for 4:58". */
  validFor: string
  expiresIn: number | null
  header: string | null
  claims: string | null
  signature: Entry['signature']
}

export function refreshTokenPart(facts: Shown, value: string): RefreshTokenPart {
  const { entry, preset } = facts
  const claims = readJwt(value)?.claims
  const typ = typeof claims?.typ === 'string' ? claims.typ : null
  return {
    value,
    fingerprint: fingerprint(value),
    length: value.length,
    typ,
    kind:
      typ &&
      (typ === 'Offline' ? 'an offline token' : 'not an offline token, so it ends with the session at the provider'),
    claims: claims ? indented(claims) : null,
    end: endOf(facts),
    lifetime: preset.lifetime,
    useBefore: useBeforeWords(entry, preset, facts.now),
  }
}

/** What a pasted text is, only the provider knows. */
function endOf(facts: Shown): string {
  const { entry, preset } = facts
  if (entry.dead) return 'It has ended.'
  if (entry.origin === 'brought' && entry.proof === null) return 'Its end is not known yet: test it to find out.'
  return endWords(facts) ?? (preset.idle ? NO_END : 'No end is known.')
}

const NO_END = "No fixed end. It expires when it isn't used for a number of days that is set at the provider."

/** Counted from the last use that we know of. */
function useBeforeWords(entry: Entry, preset: Preset, now: number): string | null {
  const at = useBefore(entry, preset)
  if (at === null || entry.dead) return null
  return preset.idle?.by === 'default'
    ? `By default ${inWords(at, now)}; your provider may differ.`
    : `${inWords(at, now)}.`
}

export function accessTokenPart(entry: Entry, value: string, now: number) {
  const jwt = readJwt(value)
  const left = entry.expires_at === null ? null : Math.round((entry.expires_at - now) / 1000)
  return {
    value: fitsOnAPage(value) ? value : null,
    length: value.length,
    expires: moment(entry.expires_at, now),
    secondsLeft: left,
    validFor: left === null || left <= 0 ? 'expired' : `valid for ${minutes(left)}`,
    expiresIn: entry.expires_in,
    header: jwt && indented(jwt.header),
    claims: jwt && indented(jwt.claims),
    signature: entry.signature,
  }
}

const minutes = (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
