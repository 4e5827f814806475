import type { AppError } from '../errors.js'
import type { Preset } from '../knowledge/presets/preset.js'
import type { SignatureCheck } from '../provider/key-set.js'
import type { Remark } from '../provider/remarks.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { StoredEntry } from './entries.js'
import type { Entry } from './entry.js'
import { endAfterRefresh, endFields } from './lifetime.js'
import { accessPart } from './mint.js'

/** When it was last refreshed; each refresh is later than the one before, whatever the clocks say. */
export const refreshedAt = ({ refreshed_at }: Entry): number => refreshed_at ?? 0

/**
 * The newer of what is in the store and what was read from it before: a store that failed over to a replica without the last
 * write has an older one, which is then written over.
 */
export function newer(found: StoredEntry | null, read: StoredEntry): StoredEntry | null {
  if (found === null || refreshedAt(found.entry) >= refreshedAt(read.entry)) return found
  return { ...found, entry: read.entry }
}

/** OpenID Connect Core §12.2: an ID token that comes with a refresh names the same issuer and subject. */
const namesAnother = ({ id_token: before }: Entry, { id_token: now }: TokenAnswer): boolean =>
  before !== null && now !== null && (before.iss !== now.iss || before.sub !== now.sub)

const ANOTHER: Remark = {
  member: 'id_token',
  message: 'id_token names another issuer or user than the one before: the token was kept, but is it yours?',
}

/** The entry as a refresh leaves it. */
export function refreshed(entry: Entry, used: string, answer: TokenAnswer, preset: Preset, now: number): Entry {
  // An answer without a refresh token means: keep the one you have (RFC 6749 §6).
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
    // A proof that saw no other token come back knows nothing of this one.
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

/** What the provider said when it refused. */
function said({ extra }: AppError): { error: string | null; error_description: string | null } {
  const { error, error_description } = extra
  return {
    error: typeof error === 'string' ? error : null,
    error_description: typeof error_description === 'string' ? error_description : null,
  }
}

/** Refused for now: what the provider said is kept, and the token can be tested again. */
export const refusedForNow = (entry: Entry, error: AppError, now: number): Entry => ({
  ...entry,
  refused: { ...said(error), at: now },
})

/** A refused token: dead, and said so by a proof that ran before as well. */
export const dead = (entry: Entry, error: AppError, now: number): Entry => ({
  ...entry,
  refused: null,
  dead: { reason: 'invalid_grant', ...said(error), at: now },
})

/** Ended by us (RFC 7009). */
export const revoked = (entry: Entry, now: number): Entry => ({
  ...entry,
  dead: { reason: 'revoked', error: null, error_description: null, at: now },
})

/** Until the check of the new access token's signature has ended. */
const NOT_CHECKED: SignatureCheck = { result: 'unknown', reason: 'It has not been checked yet.' }
