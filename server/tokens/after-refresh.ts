import type { AppError } from '../errors.js'
import type { Preset } from '../knowledge/presets/preset.js'
import type { SignatureCheck } from '../provider/key-set.js'
import type { Remark } from '../provider/remarks.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { StoredEntry } from './entries.js'
import type { Entry } from './entry.js'
import { endAfterRefresh, endFields } from './lifetime.js'
import { accessPart } from './mint.js'

/** Returns when it was last refreshed. Each refresh counts as later than the one before, even if a clock went back. */
export const refreshedAt = ({ refreshed_at }: Entry): number => refreshed_at ?? 0

/**
 * Returns the newer of two versions: the one in the store, and the one that we read before. After a failover to a replica without the
 * last write, the store has the older one.
 */
export function newer(found: StoredEntry | null, read: StoredEntry): StoredEntry | null {
  if (found === null || refreshedAt(found.entry) >= refreshedAt(read.entry)) return found
  return { ...found, entry: read.entry }
}

/** Checks that the ID token of a refresh has the same issuer and subject (OpenID Connect Core §12.2). */
const namesAnother = ({ id_token: before }: Entry, { id_token: now }: TokenAnswer): boolean =>
  before !== null && now !== null && (before.iss !== now.iss || before.sub !== now.sub)

const ANOTHER: Remark = {
  member: 'id_token',
  message: 'id_token names another issuer or user than before. We kept the token. Is it yours?',
}

/** Returns the entry after a refresh. */
export function refreshed(entry: Entry, used: string, answer: TokenAnswer, preset: Preset, now: number): Entry {
  // An answer without a refresh token means: keep the current one (RFC 6749 §6).
  const newest = answer.refresh_token ?? used
  const changed = newest !== used
  const another = namesAnother(entry, answer)
  return {
    ...entry,
    ...accessPart(answer, now),
    remarks: [...(another ? [ANOTHER] : []), ...answer.remarks].slice(0, 20),
    other_subject: entry.other_subject || another,
    refused: null,
    scope: answer.scope ?? entry.scope,
    refresh_token: newest,
    refresh_token_changed: changed,
    first_replaced_at: entry.first_replaced_at ?? (changed ? now : null),
    // The earlier test did not see this new token.
    proof: changed && entry.first_replaced_at === null ? null : entry.proof,
    refresh_expires_in: answer.refresh_expires_in ?? entry.refresh_expires_in,
    ...endFields(endAfterRefresh(entry, newest, answer, preset, now)),
    id_token: entry.id_token ?? answer.id_token,
    refreshed_at: Math.max(now, (entry.refreshed_at ?? 0) + 1),
    token_endpoint_auth_method: answer.token_endpoint_auth_method,
    signature: NOT_CHECKED,
    dead: null,
  }
}

/** Reads the provider's text from a refusal. */
function said({ extra }: AppError): { error: string | null; error_description: string | null } {
  const { error, error_description } = extra
  return {
    error: typeof error === 'string' ? error : null,
    error_description: typeof error_description === 'string' ? error_description : null,
  }
}

/** Marks the entry as refused for now, with the provider's text. It can be tested again. */
export const refusedForNow = (entry: Entry, error: AppError, now: number): Entry => ({
  ...entry,
  refused: { ...said(error), at: now },
})

/** Marks the entry as dead, also in the results of an earlier test. */
export const dead = (entry: Entry, error: AppError, now: number): Entry => ({
  ...entry,
  refused: null,
  dead: { reason: 'invalid_grant', ...said(error), at: now },
})

/** Marks the entry as revoked here (RFC 7009). */
export const revoked = (entry: Entry, now: number): Entry => ({
  ...entry,
  dead: { reason: 'revoked', error: null, error_description: null, at: now },
})

/** Stands here until the new access token's signature has been checked. */
const NOT_CHECKED: SignatureCheck = { result: 'unknown', reason: 'We have not checked it yet.' }
