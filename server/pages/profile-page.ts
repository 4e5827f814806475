import type { Config, TokenEndpointAuthMethod } from '../config/config.js'
import { lifetimes } from '../config/session-lifetimes.js'
import type { Check } from '../findings/check.js'
import type { Cause } from '../knowledge/causes/cause.js'
import { HINTS } from '../proof/checks/reuse.js'
import { encodingMatters } from '../provider/client-authentication.js'
import type { ProviderFacts } from '../provider/facts.js'
import { reminderOf } from '../reminder/reminder.js'
import type { Entry, Who } from '../tokens/entry.js'
import { fingerprint } from '../tokens/fingerprint.js'
import { readJwt } from '../tokens/jwt.js'
import { lastsWithUse } from '../tokens/lifetime.js'
import { whyDead } from '../tokens/why-dead.js'
import { maskedValues, type Piece } from './masked.js'
import { type Step, type StepId, way } from './progress.js'
import { wireRequests } from './raw-requests.js'
import { type RunSection, runSection } from './run-section.js'
import { type VerdictWords, verdictWords } from './verdict-words.js'
import { type Moment, moment, providerName } from './words.js'

export interface ProfilePage {
  way: Step[]
  origin: Entry['origin']
  providerName: string
  who: Who
  roleCount: number
  verdict: VerdictWords
  checks: Check[]
  proved: Moment | null
  /** The proof may run by itself: right after a sign-in, before anything was done with the token. */
  provesItself: boolean
  /** How another proof would tell more, where it would; then the reuse test is not needed. */
  proveAgain: string | null
  /** Whether the reuse test has something to test, and what the provider documents about it. */
  reuseTest: string | null
  dead: {
    reason: 'invalid_grant' | 'revoked'
    said: string | null
    /** What that means and the switch to turn; null where nobody knows. */
    why: Pick<Cause, 'means' | 'hint'> | null
    at: Moment | null
  } | null
  refreshToken: {
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
  } | null
  /** When no refresh token came: what to turn. */
  noRefreshToken: string | null
  accessToken: {
    value: string
    length: number
    expires: Moment | null
    /** Seconds from now; negative when it has expired, null when nobody said. */
    secondsLeft: number | null
    expiresIn: number | null
    header: string | null
    claims: string | null
    signature: Entry['signature']
  } | null
  scope: string | null
  /** What the provider says of a token that was brought; null when it was not asked. */
  introspection: Entry['introspection']
  refreshed: Moment | null
  refreshTokenChanged: boolean
  /** Set where refreshing here would kill what a device holds. */
  refreshWarning: string | null
  run: RunSection | null
  wire: { title: string; method: string; http: Piece[]; curl: Piece[] }[]
  /** The JSON of the last token answer, tokens and all. */
  answer: Piece[]
  /** Whether there is a date to put into a calendar. */
  reminder: boolean
  revokesMore: string | null
  /** How long this app keeps the tokens when nothing is done, and at most. */
  forgets: { idle: string; absolute: string }
}

/** @param place an id of PLACES, as the query says it: its files are written out */
export function profilePage(
  config: Config,
  provider: ProviderFacts,
  entry: Entry,
  now: number,
  place?: unknown,
): ProfilePage {
  const { preset } = provider
  const { refresh_token, dead, proof, who } = entry
  const verdict = verdictWords(entry, preset)
  const again = dead ? null : proveAgain(entry)
  const run = refresh_token === null || dead ? null : runSection(config, provider, entry, now, place)
  const oneTime = verdict.verdict === 'one_time' && run?.downloaded
  return {
    way: profileWay(entry),
    origin: entry.origin,
    providerName: providerName(config, preset),
    who,
    roleCount: [who.realm_roles, ...Object.values(who.client_roles)].flat().length,
    verdict,
    checks: proof?.checks ?? [],
    proved: moment(proof?.proved_at ?? null, now),
    provesItself: provesItself(entry),
    proveAgain: again,
    reuseTest:
      verdict.verdict === 'unknown' && again === null && entry.first_replaced_at !== null ? preset.reuse : null,
    dead: dead && {
      reason: dead.reason,
      said: dead.error_description,
      why: whyDead(entry, preset.id),
      at: moment(dead.at, now),
    },
    refreshToken: refresh_token === null ? null : refreshTokenPart(entry, refresh_token, preset.lifetime, now),
    noRefreshToken: refresh_token === null ? preset.noRefreshToken : null,
    accessToken: entry.access_token === null ? null : accessTokenPart(entry, entry.access_token, now),
    scope: entry.scope,
    introspection: entry.introspection,
    refreshed: moment(entry.refreshed_at, now),
    refreshTokenChanged: entry.refresh_token_changed,
    refreshWarning: oneTime
      ? 'A device has this one-time token. Refreshing it here kills the one in the device.'
      : null,
    run,
    wire: wire(config, provider, entry),
    answer: answer(entry),
    reminder: reminderOf(entry, preset) !== null,
    revokesMore: preset.revokesMore ?? null,
    forgets: inWords(lifetimes(config.shared)),
  }
}

/** Where one stands: the proof is behind whoever has a verdict, the device config behind whoever took a file. */
function profileWay(entry: Entry): Step[] {
  const done: StepId[] = ['check']
  if (here(entry) !== 'sign_in') done.push('sign_in')
  if (entry.proof && !entry.dead) done.push('prove')
  if (entry.downloads.length > 0) done.push('device_config')
  return way(here(entry), done, true)
}

function here({ refresh_token, dead, proof }: Entry): StepId {
  if (dead?.reason === 'revoked') return 'revoke'
  if (refresh_token === null || dead) return 'sign_in'
  return proof ? 'device_config' : 'prove'
}

const provesItself = (entry: Entry) =>
  entry.origin === 'sign_in' &&
  entry.refresh_token !== null &&
  entry.proof === null &&
  entry.dead === null &&
  entry.refreshed_at === null &&
  entry.downloads.length === 0

function proveAgain({ proof }: Entry): string | null {
  const hint = proof?.checks.find(({ id }) => id === 'reuse')?.hint ?? null
  return proof && hint !== HINTS[proof.verdict] ? hint : null
}

function refreshTokenPart(entry: Entry, value: string, lifetime: string, now: number) {
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

function accessTokenPart(entry: Entry, value: string, now: number) {
  const jwt = readJwt(value)
  return {
    value,
    length: value.length,
    expires: moment(entry.expires_at, now),
    secondsLeft: entry.expires_at === null ? null : Math.round((entry.expires_at - now) / 1000),
    expiresIn: entry.expires_in,
    header: jwt && indented(jwt.header),
    claims: jwt && indented(jwt.claims),
    signature: entry.signature,
  }
}

function wire(config: Config, provider: ProviderFacts, entry: Entry): ProfilePage['wire'] {
  const { token_endpoint: endpoint } = provider
  if (entry.refresh_token === null || endpoint === null) return []
  const { refresh_token } = entry
  const way = basicWay(config.oauth2, provider, entry.token_endpoint_auth_method)
  const secrets = [refresh_token, config.showClientSecret ? config.oauth2.clientSecret : null]
  return wireRequests(config.oauth2, endpoint, refresh_token, way, config.showClientSecret).map(
    ({ title, method, http, curl }) => ({
      title,
      method,
      http: maskedValues(http, secrets),
      curl: maskedValues(curl, secrets),
    }),
  )
}

/** Option A is sent in the way of Basic that this provider takes, also where Option B was used last. */
function basicWay(
  { clientId, clientSecret }: Config['oauth2'],
  { authMethod }: ProviderFacts,
  used: TokenEndpointAuthMethod,
): TokenEndpointAuthMethod {
  if (used !== 'client_secret_post' || !encodingMatters(clientId, clientSecret ?? '')) return used
  return authMethod ?? used
}

function answer({ access_token, answer, refresh_token }: Entry): Piece[] {
  return maskedValues(indented({ access_token, ...answer, refresh_token }), [access_token, refresh_token])
}

const inWords = ({ idle, absolute }: { idle: number; absolute: number }) => ({
  idle: idle < 3_600_000 ? `${idle / 60_000} minutes` : `${idle / 3_600_000} hours`,
  absolute: `${absolute / 3_600_000} hours`,
})

const indented = (value: object) => JSON.stringify(value, null, 2)
