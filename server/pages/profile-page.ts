import type { Config } from '../config/config.js'
import { lifetimes } from '../config/session-lifetimes.js'
import type { Piece } from '../device-config/formats/format.js'
import type { Check } from '../findings/check.js'
import { isDocumented } from '../knowledge/presets/preset.js'
import { testAgain } from '../proof/checks/reuse.js'
import { testChecks } from '../proof/checks.js'
import { shown } from '../proof/shown.js'
import type { Warning } from '../proof/warnings.js'
import type { ProviderFacts } from '../provider/facts.js'
import type { Remark } from '../provider/remarks.js'
import { reminderOf } from '../reminder/reminder.js'
import type { Entry, Who } from '../tokens/entry.js'
import type { TokenList } from '../tokens/token-list.js'
import type { VerdictWords } from './headline.js'
import { type ListPart, listPart } from './list-part.js'
import { maskedValues } from './masked.js'
import { fileWarnings, pageWarnings } from './page-warnings.js'
import { progress, type Step, type StepId, stepsDone } from './progress.js'
import { type RawRequestPart, rawRequests } from './raw-requests.js'
import { type RawSignIn, rawSignIn } from './raw-sign-in.js'
import { type RunSection, runSection } from './run-section.js'
import { type AccessTokenPart, accessTokenPart, type RefreshTokenPart, refreshTokenPart } from './token-parts.js'
import { verdictWords } from './verdict-words.js'
import { type Whose, whose } from './whose.js'
import { type Moment, moment, providerName } from './words.js'

export interface ProfilePage {
  progress: Step[]
  list: ListPart
  /** When a sign-in or the user gave the same token once more. */
  cameAgain: Moment | null
  /** The sign-out asks first: a token that works would be out of reach. */
  asksBeforeSignOut: boolean
  /** `prompt` of "Sign in as someone else". */
  switchUser: string
  origin: Entry['origin']
  providerName: string
  who: Who
  whose: Whose
  /** How many roles; null without one. */
  roles: string | null
  clientRoles: { client: string; roles: string[] }[]
  verdict: VerdictWords
  oneTime: boolean
  checks: Check[]
  checksPassed: number
  /** What speaks against the token beside the headline: at most two are open. */
  warnings: { open: Warning[]; more: Warning[] }
  /** Those that stand over the files as well. */
  fileWarnings: Warning[]
  proved: Moment | null
  /** The proof may run by itself: right after a sign-in, before anything was done with the token. */
  provesItself: boolean
  /** How another proof would tell more, where it would; then the reuse test is not needed. */
  proveAgain: string | null
  /** Whether the reuse test has something to test, and what the provider documents about it. */
  reuseTest: string | null
  /** `said`: the provider's text, where it refused the token. */
  dead: { said: string | null } | null
  refreshToken: RefreshTokenPart | null
  /** When no refresh token came: what to turn. */
  noRefreshToken: string | null
  accessToken: AccessTokenPart | null
  scope: string | null
  /** What was odd in the provider's last answer. */
  remarks: Remark[]
  /** What the provider says of a token that was brought; null when it was not asked. */
  introspection: Entry['introspection']
  refreshed: Moment | null
  refreshTokenChanged: boolean
  /** Set where refreshing here would kill what a device holds. */
  refreshWarning: string | null
  run: RunSection | null
  rawRequests: RawRequestPart[]
  rawSignIn: RawSignIn | null
  /** The JSON of the last token answer, tokens and all. */
  answer: Piece[]
  /** Whether there is a date to put into a calendar. */
  reminder: boolean
  revokesMore: string | null
  /** The provider keeps few tokens for each user: what another sign-in does to them. */
  fewTokens: string | null
  /** How long this app keeps the tokens when nothing is done, and at most. */
  forgets: { idle: string; absolute: string }
}

/** A token, and the list that it is on. */
export interface Shown {
  entry: Entry
  list: TokenList
  id: string
}

/** @param place an id of PLACES, as the query says it: its files are written out */
export function profilePage(
  config: Config,
  provider: ProviderFacts,
  { entry, list, id }: Shown,
  now: number,
  place?: unknown,
): ProfilePage {
  const { preset } = provider
  const { refresh_token, dead, proof, who } = entry
  const facts = shown(config, provider, entry, now)
  const verdict = verdictWords(facts)
  const again = testAgain(facts)
  const checks = testChecks(facts)
  const label = list.items.find((item) => item.id === id)?.label ?? null
  const run = refresh_token === null || dead ? null : runSection(config, provider, { entry, id, label }, now, place)
  const oneTime = verdict.verdict === 'one_time'
  return {
    progress: profileProgress(entry, id),
    list: listPart(config, provider, list, id, { now, place: run?.places.find(({ chosen }) => chosen)?.id ?? null }),
    cameAgain: moment(entry.came_again_at, now),
    asksBeforeSignOut: !config.demo && refresh_token !== null && !dead && entry.downloads.length === 0,
    switchUser: preset.switchUser ?? 'login',
    origin: entry.origin,
    providerName: providerName(config, preset),
    who,
    whose: whose(entry, providerName(config, preset)),
    roles: countOf([who.realm_roles, ...Object.values(who.client_roles)].flat().length),
    clientRoles: Object.entries(who.client_roles).map(([client, roles]) => ({ client, roles })),
    verdict,
    oneTime,
    checks,
    checksPassed: checks.filter(({ result }) => result === 'pass').length,
    warnings: pageWarnings(facts, verdict),
    fileWarnings: fileWarnings(facts),
    proved: moment(proof?.proved_at ?? null, now),
    provesItself: provesItself(entry),
    proveAgain: again,
    reuseTest:
      verdict.verdict === 'unknown' && again === null && entry.first_replaced_at !== null && !isDocumented(preset)
        ? preset.reuse
        : null,
    dead: dead && { said: dead.error_description },
    refreshToken: refresh_token === null ? null : refreshTokenPart(facts, refresh_token),
    noRefreshToken: refresh_token === null ? preset.noRefreshToken : null,
    accessToken: entry.access_token === null ? null : accessTokenPart(entry, entry.access_token, now),
    scope: entry.scope,
    remarks: entry.remarks,
    introspection: entry.introspection,
    refreshed: moment(entry.refreshed_at, now),
    refreshTokenChanged: entry.refresh_token_changed,
    refreshWarning:
      oneTime && run?.downloaded
        ? 'It is a one-time token. If you refresh it here, the one in the device stops working.'
        : null,
    run,
    rawRequests: rawRequests(config, provider, entry),
    rawSignIn: rawSignIn(config, provider, entry),
    answer: answer(entry),
    reminder: reminderOf(entry, preset, now) !== null,
    revokesMore: preset.revokesMore ?? null,
    fewTokens: preset.fewTokens ?? null,
    forgets: inWords(lifetimes(config.shared)),
  }
}

/** Finds the current step: the test is done with a verdict, the device config with a download. */
function profileProgress(entry: Entry, id: string): Step[] {
  return progress(here(entry), stepsDone([entry]), true, id)
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

function answer({ access_token, answer, refresh_token }: Entry): Piece[] {
  const text = JSON.stringify({ access_token, ...answer, refresh_token }, null, 2)
  return maskedValues(text, [access_token, refresh_token])
}

const countOf = (roles: number) => (roles === 0 ? null : roles === 1 ? '1 role' : `${roles} roles`)

const inWords = ({ idle, absolute }: { idle: number; absolute: number }) => ({
  idle: idle < 3_600_000 ? `${idle / 60_000} minutes` : `${idle / 3_600_000} hours`,
  absolute: `${absolute / 3_600_000} hours`,
})
