import { readJwt } from '../provider/jwt.js'
import type { Entry } from '../tokens/entry.js'
import { fingerprint } from '../tokens/fingerprint.js'
import { lastsWithUse } from '../tokens/lifetime.js'
import { fitsOnAPage, indented } from './bounded.js'
import { type Moment, moment } from './words.js'

/** The refresh token as the profile page shows it. */
export interface RefreshTokenPart {
  value: string
  fingerprint: string
  length: number
  /** Claim `typ`: `Offline` at Keycloak; null where the token does not say. */
  typ: string | null
  claims: string | null
  ends: Moment | null
  /** Without a known end: whether it is good for as long as it is used, or the token proven before it had an end. */
  lasts: boolean
  lifetime: string
}

/** The access token as the profile page shows it. */
export interface AccessTokenPart {
  /** null where it would take too much of the page. */
  value: string | null
  length: number
  expires: Moment | null
  /** Seconds from now; negative when it has expired, null when nobody said. */
  secondsLeft: number | null
  expiresIn: number | null
  header: string | null
  claims: string | null
  signature: Entry['signature']
}

export function refreshTokenPart(entry: Entry, value: string, lifetime: string, now: number): RefreshTokenPart {
  const claims = readJwt(value)?.claims
  return {
    value,
    fingerprint: fingerprint(value),
    length: value.length,
    typ: typeof claims?.typ === 'string' ? claims.typ : null,
    claims: claims ? indented(claims) : null,
    ends: moment(entry.refresh_token_expires_at, now),
    lasts: lastsWithUse(entry),
    lifetime,
  }
}

export function accessTokenPart(entry: Entry, value: string, now: number) {
  const jwt = readJwt(value)
  return {
    value: fitsOnAPage(value) ? value : null,
    length: value.length,
    expires: moment(entry.expires_at, now),
    secondsLeft: entry.expires_at === null ? null : Math.round((entry.expires_at - now) / 1000),
    expiresIn: entry.expires_in,
    header: jwt && indented(jwt.header),
    claims: jwt && indented(jwt.claims),
    signature: entry.signature,
  }
}
