import { setTimeout as pause } from 'node:timers/promises'
import type { TokenEndpointAuthMethod } from '../config/config.js'
import { AppError } from '../errors.js'
import type { Preset } from '../knowledge/presets/preset.js'
import type { SignatureCheck } from '../provider/key-set.js'
import type { Provider } from '../provider/provider.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { Records } from '../stores/records.js'
import { type Entries, leaseKey, type StoredEntry } from './entries.js'
import type { Entry } from './entry.js'
import { type Lease, withLease } from './lease.js'
import { documentedEnd, refreshTokenEnd } from './lifetime.js'
import { accessPart } from './mint.js'
import { insist, notStored } from './not-stored.js'
import { createSaveLater } from './save-later.js'

/** Whatever uses up a refresh token or ends it: one at a time for each token set, on any number of replicas. */
export interface Refresher {
  /** One use of the token, however many ask at once: who comes while it runs gets the same answer. */
  refresh(stored: StoredEntry, method?: TokenEndpointAuthMethod): Promise<StoredEntry>
  /** Keeps that the provider has refused the token. */
  markDead(stored: StoredEntry, error: AppError): Promise<StoredEntry>
  /** RFC 7009; the set stays, marked. */
  revoke(stored: StoredEntry): Promise<StoredEntry>
  /** Runs `work` with the set as it is now, while nobody else refreshes it. Rejects with `not_signed_in` when it is gone. */
  alone<T>(id: string, work: (stored: StoredEntry, refreshOnce: RefreshOnce) => Promise<T>): Promise<T>
  /** Writes a change over whatever the newest version is. */
  change(stored: StoredEntry, change: (entry: Entry) => Entry): Promise<StoredEntry>
  /** Removes the set, once whoever refreshes it just now has ended: what that mints stays valid, and nothing of it comes back here. */
  forget(id: string): Promise<void>
  /** Resolves when no refresh of this process is under way, and none waits to be saved: for a graceful end. */
  idle(): Promise<void>
}

/**
 * One use, by whoever is alone with the set. With `token`, of that one instead of the newest: refused, it says nothing of the set.
 */
export type RefreshOnce = (
  stored: StoredEntry,
  how?: { method?: TokenEndpointAuthMethod | undefined; token?: string },
) => Promise<StoredEntry>

interface Dependencies {
  provider: Provider
  entries: Entries
  records: Records
  now: () => number
}

export function createRefresher({ provider, entries, records, now }: Dependencies): Refresher {
  const underWay = new Map<string, Promise<StoredEntry>>()
  const working = new Set<Promise<unknown>>()
  const saveLater = createSaveLater()

  const gone = () =>
    new AppError('not_signed_in', 'This session ended meanwhile.', { hint: 'Sign in again to mint another token.' })

  async function change(stored: StoredEntry, alter: (entry: Entry) => Entry): Promise<StoredEntry> {
    let latest: StoredEntry | null = stored
    while (latest) {
      const saved: StoredEntry | null = await entries.save(latest, alter(latest.entry))
      if (saved) return saved
      latest = await entries.load(stored.id)
    }
    throw gone()
  }

  function underLease<T>(id: string, work: (stored: StoredEntry, lease: Lease) => Promise<T>): Promise<T> {
    const begun = async (lease: Lease) => {
      await saveLater.before(id)
      const stored = await entries.load(id)
      if (!stored) throw gone()
      return work(stored, lease)
    }
    // Whoever came next would send a token whose successor is still to be saved.
    const run = withLease(records, leaseKey(id), begun, () => saveLater.unfinished(id))
    working.add(run)
    const done = () => working.delete(run)
    run.then(done, done)
    return run
  }

  /** Of a set that has another token by now, the refusal says nothing. */
  const markDead = (stored: StoredEntry, error: AppError) =>
    change(stored, (entry) =>
      entry.refresh_token === stored.entry.refresh_token ? refused(entry, error, now()) : entry,
    )

  const refreshOnce = async (lease: Lease, ...[stored, { method, token } = {}]: Parameters<RefreshOnce>) => {
    const used = token ?? usableToken(stored.entry)
    // Of a token that was brought, no way has worked yet: the provider may have been down when it came.
    const unused = stored.entry.access_token === null
    const way = method ?? (unused ? await provider.authMethod() : stored.entry.token_endpoint_auth_method)
    lease.check()
    const answer = await provider.refresh(used, way).catch(async (error: AppError) => {
      if (error.code === 'invalid_grant' && token === undefined) await markDead(stored, error)
      throw error
    })
    refuseOtherSubject(stored.entry, answer)
    const answered = now()
    // Saved before anything else is done: until then, only this process knows the token.
    const saved = await keep(
      stored,
      // What somebody else has refreshed meanwhile is newer: a save that comes late takes nothing back.
      (entry) =>
        entry.refreshed_at === stored.entry.refreshed_at
          ? refreshed(entry, used, answer, way, provider.preset(), answered)
          : entry,
      answer,
    )
    const signature = await provider.checkSignature(answer.access_token)
    return change(saved, (entry) => ({ ...entry, signature })).catch(() => saved)
  }

  /** Saves what the provider has just given; a token that can't be kept is handed to the caller, and saved as soon as it can be. */
  async function keep(stored: StoredEntry, alter: (entry: Entry) => Entry, answer: TokenAnswer): Promise<StoredEntry> {
    const save = () => change(stored, alter)
    try {
      return await insist(save)
    } catch (error) {
      if ((error as AppError).code === 'store_unavailable') saveLater.add(stored.id, save)
      throw notStored(answer.refresh_token, error)
    }
  }

  return {
    change,
    alone: (id, work) => underLease(id, (stored, lease) => work(stored, (...use) => refreshOnce(lease, ...use))),
    markDead,
    refresh(stored, method) {
      const running = underWay.get(stored.id)
      if (running) return running
      usableToken(stored.entry)
      const run = underLease(stored.id, (fresh, lease) =>
        // Whoever held the lease before us may have refreshed for us, too.
        fresh.entry.refreshed_at !== stored.entry.refreshed_at
          ? Promise.resolve(fresh)
          : refreshOnce(lease, fresh, { method }),
      ).finally(() => underWay.delete(stored.id))
      underWay.set(stored.id, run)
      return run
    },
    revoke(stored) {
      return underLease(stored.id, async (fresh, lease) => {
        lease.check()
        await provider.revoke(presentToken(fresh.entry)).catch((error: AppError) => {
          throw notConfirmed(error)
        })
        return change(fresh, (entry) =>
          entry.refresh_token === fresh.entry.refresh_token ? revoked(entry, now()) : entry,
        )
      })
    },
    async forget(id) {
      await underLease(id, () => entries.remove(id)).catch(ignoreGone)
    },
    async idle() {
      while (working.size + saveLater.waiting > 0) {
        await Promise.allSettled(working)
        if (saveLater.waiting > 0) await pause(100)
      }
    },
  }
}

/** @throws AppError `no_refresh_token` */
export function presentToken({ refresh_token }: Entry): string {
  if (refresh_token !== null) return refresh_token
  throw new AppError('no_refresh_token', 'The provider gave no refresh token with this sign-in.', {
    hint: 'The profile page says why that happens and what to do.',
  })
}

/** @throws AppError `no_refresh_token`, or `invalid_grant` without asking when the token is known dead. */
export function usableToken(entry: Entry): string {
  const token = presentToken(entry)
  if (entry.dead === null) return token
  throw new AppError(
    'invalid_grant',
    entry.dead.reason === 'revoked'
      ? 'This refresh token was revoked here.'
      : 'The provider has refused this refresh token before.',
    {
      hint: 'Sign in again to mint another one.',
      extra: { error: 'invalid_grant', error_description: entry.dead.error_description },
    },
  )
}

/** OpenID Connect Core §12.2: an ID token that comes with a refresh names the same issuer and subject. */
function refuseOtherSubject(entry: Entry, { id_token }: TokenAnswer): void {
  if (!id_token || !entry.id_token) return
  if (id_token.iss === entry.id_token.iss && id_token.sub === entry.id_token.sub) return
  throw new AppError('provider_malformed', "The refresh brought somebody else's ID token: nothing of it was kept.")
}

function refreshed(
  entry: Entry,
  used: string,
  answer: TokenAnswer,
  method: TokenEndpointAuthMethod,
  preset: Preset,
  now: number,
): Entry {
  // An answer without a refresh token means: keep the one you have (RFC 6749 §6).
  const newest = answer.refresh_token ?? used
  const changed = newest !== used
  return {
    ...entry,
    ...accessPart(answer, now),
    scope: answer.scope ?? entry.scope,
    refresh_token: newest,
    refresh_token_changed: changed,
    first_replaced_at: entry.first_replaced_at ?? (changed ? now : null),
    // A proof that saw no other token come back knows nothing of this one.
    proof: changed && entry.first_replaced_at === null ? null : entry.proof,
    refresh_expires_in: answer.refresh_expires_in ?? entry.refresh_expires_in,
    // The same token may have been asked about: what is known of its end stays.
    refresh_token_expires_at:
      refreshTokenEnd(newest, answer, now) ?? (changed ? documentedEnd(preset, now) : entry.refresh_token_expires_at),
    id_token: entry.id_token ?? answer.id_token,
    refreshed_at: Math.max(now, (entry.refreshed_at ?? 0) + 1),
    token_endpoint_auth_method: method,
    signature: NOT_CHECKED,
    dead: null,
  }
}

/** A refused token: dead, and said so by a proof that ran before as well. */
function refused(entry: Entry, error: AppError, now: number): Entry {
  const { error: code, error_description } = error.extra
  return {
    ...entry,
    dead: {
      reason: 'invalid_grant',
      error: typeof code === 'string' ? code : null,
      error_description: typeof error_description === 'string' ? error_description : null,
      at: now,
    },
  }
}

/** RFC 7009 §2.2.1: a revocation that ends in an error may be tried again, and until then the token counts as valid. */
const notConfirmed = ({ code, message, hint, extra, retryAfter, cause }: AppError) =>
  new AppError(code, message, {
    hint: hint ?? undefined,
    token: 'Your token is kept, and still valid as far as we know: the provider did not confirm its end.',
    extra,
    retryAfter: retryAfter ?? undefined,
    cause,
  })

const revoked = (entry: Entry, now: number): Entry => ({
  ...entry,
  dead: { reason: 'revoked', error: null, error_description: null, at: now },
})

/** Until the check of the new access token's signature has ended. */
const NOT_CHECKED: SignatureCheck = { result: 'unknown', reason: 'It has not been checked yet.' }

const ignoreGone = (error: AppError) => {
  if (error.code !== 'not_signed_in') throw error
}
