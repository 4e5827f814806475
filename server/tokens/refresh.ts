import { setTimeout as pause } from 'node:timers/promises'
import type { TokenEndpointAuthMethod } from '../config/config.js'
import { AppError } from '../errors.js'
import type { Preset } from '../knowledge/presets/preset.js'
import type { Provider } from '../provider/provider.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { Records } from '../stores/records.js'
import { leaseKey, type StoredTokenSet, type TokenSets } from './entries.js'
import type { SignatureCheck, TokenSet } from './entry.js'
import { type Lease, withLease } from './lease.js'
import { documentedEnd, refreshTokenEnd } from './lifetime.js'
import { accessPart } from './mint.js'
import { insist, notStored } from './not-stored.js'
import { createSaveLater } from './save-later.js'

/** Whatever uses up a refresh token or ends it: one at a time for each token set, on any number of replicas. */
export interface Refresher {
  /** One use of the token, however many ask at once: who comes while it runs gets the same answer. */
  refresh(stored: StoredTokenSet, method?: TokenEndpointAuthMethod): Promise<StoredTokenSet>
  /** Keeps that the provider has refused the token. */
  markDead(stored: StoredTokenSet, error: AppError): Promise<StoredTokenSet>
  /** RFC 7009; the set stays, marked. */
  revoke(stored: StoredTokenSet): Promise<StoredTokenSet>
  /** Runs `work` with the set as it is now, while nobody else refreshes it. Rejects with `not_signed_in` when it is gone. */
  alone<T>(id: string, work: (stored: StoredTokenSet, refreshOnce: RefreshOnce) => Promise<T>): Promise<T>
  /** Writes a change over whatever the newest version is. */
  change(stored: StoredTokenSet, change: (tokens: TokenSet) => TokenSet): Promise<StoredTokenSet>
  /** Removes the set, once whoever refreshes it just now has ended: what that mints stays valid, and nothing of it comes back here. */
  forget(id: string): Promise<void>
  /** Resolves when no refresh of this process is under way, and none waits to be saved: for a graceful end. */
  idle(): Promise<void>
}

/**
 * One use, by whoever is alone with the set. With `token`, of that one instead of the newest: refused, it says nothing of the set.
 */
export type RefreshOnce = (
  stored: StoredTokenSet,
  how?: { method?: TokenEndpointAuthMethod | undefined; token?: string },
) => Promise<StoredTokenSet>

interface Dependencies {
  provider: Provider
  tokenSets: TokenSets
  records: Records
  now: () => number
}

export function createRefresher({ provider, tokenSets, records, now }: Dependencies): Refresher {
  const underWay = new Map<string, Promise<StoredTokenSet>>()
  const working = new Set<Promise<unknown>>()
  const saveLater = createSaveLater()

  const gone = () =>
    new AppError('not_signed_in', 'This session ended meanwhile.', { hint: 'Sign in again to mint another token.' })

  async function change(stored: StoredTokenSet, alter: (tokens: TokenSet) => TokenSet): Promise<StoredTokenSet> {
    let latest: StoredTokenSet | null = stored
    while (latest) {
      const saved: StoredTokenSet | null = await tokenSets.save(latest, alter(latest.tokens))
      if (saved) return saved
      latest = await tokenSets.load(stored.id)
    }
    throw gone()
  }

  function underLease<T>(id: string, work: (stored: StoredTokenSet, lease: Lease) => Promise<T>): Promise<T> {
    const begun = async (lease: Lease) => {
      await saveLater.before(id)
      const stored = await tokenSets.load(id)
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
  const markDead = (stored: StoredTokenSet, error: AppError) =>
    change(stored, (tokens) =>
      tokens.refresh_token === stored.tokens.refresh_token ? refused(tokens, error, now()) : tokens,
    )

  const refreshOnce = async (lease: Lease, ...[stored, { method, token } = {}]: Parameters<RefreshOnce>) => {
    const used = token ?? usableToken(stored.tokens)
    // Of a token that was brought, no way has worked yet: the provider may have been down when it came.
    const unused = stored.tokens.access_token === null
    const way = method ?? (unused ? await provider.authMethod() : stored.tokens.token_endpoint_auth_method)
    lease.check()
    const answer = await provider.refresh(used, way).catch(async (error: AppError) => {
      if (error.code === 'invalid_grant' && token === undefined) await markDead(stored, error)
      throw error
    })
    refuseOtherSubject(stored.tokens, answer)
    const answered = now()
    // Saved before anything else is done: until then, only this process knows the token.
    const saved = await keep(
      stored,
      // What somebody else has refreshed meanwhile is newer: a save that comes late takes nothing back.
      (tokens) =>
        tokens.refreshed_at === stored.tokens.refreshed_at
          ? refreshed(tokens, used, answer, way, provider.preset(), answered)
          : tokens,
      answer,
    )
    const signature = await provider.checkSignature(answer.access_token)
    return change(saved, (tokens) => ({ ...tokens, signature })).catch(() => saved)
  }

  /** Saves what the provider has just given; a token that can't be kept is handed to the caller, and saved as soon as it can be. */
  async function keep(
    stored: StoredTokenSet,
    alter: (tokens: TokenSet) => TokenSet,
    answer: TokenAnswer,
  ): Promise<StoredTokenSet> {
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
      usableToken(stored.tokens)
      const run = underLease(stored.id, (fresh, lease) =>
        // Whoever held the lease before us may have refreshed for us, too.
        fresh.tokens.refreshed_at !== stored.tokens.refreshed_at
          ? Promise.resolve(fresh)
          : refreshOnce(lease, fresh, { method }),
      ).finally(() => underWay.delete(stored.id))
      underWay.set(stored.id, run)
      return run
    },
    revoke(stored) {
      return underLease(stored.id, async (fresh, lease) => {
        lease.check()
        await provider.revoke(presentToken(fresh.tokens)).catch((error: AppError) => {
          throw notConfirmed(error)
        })
        return change(fresh, (tokens) =>
          tokens.refresh_token === fresh.tokens.refresh_token ? revoked(tokens, now()) : tokens,
        )
      })
    },
    async forget(id) {
      await underLease(id, () => tokenSets.remove(id)).catch(ignoreGone)
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
export function presentToken({ refresh_token }: TokenSet): string {
  if (refresh_token !== null) return refresh_token
  throw new AppError('no_refresh_token', 'The provider gave no refresh token with this sign-in.', {
    hint: 'The profile page says why that happens and what to do.',
  })
}

/** @throws AppError `no_refresh_token`, or `invalid_grant` without asking when the token is known dead. */
export function usableToken(tokens: TokenSet): string {
  const token = presentToken(tokens)
  if (tokens.dead === null) return token
  throw new AppError(
    'invalid_grant',
    tokens.dead.reason === 'revoked'
      ? 'This refresh token was revoked here.'
      : 'The provider has refused this refresh token before.',
    {
      hint: 'Sign in again to mint another one.',
      extra: { error: 'invalid_grant', error_description: tokens.dead.error_description },
    },
  )
}

/** OpenID Connect Core §12.2: an ID token that comes with a refresh names the same issuer and subject. */
function refuseOtherSubject(tokens: TokenSet, { id_token }: TokenAnswer): void {
  if (!id_token || !tokens.id_token) return
  if (id_token.iss === tokens.id_token.iss && id_token.sub === tokens.id_token.sub) return
  throw new AppError('provider_malformed', "The refresh brought somebody else's ID token: nothing of it was kept.")
}

function refreshed(
  tokens: TokenSet,
  used: string,
  answer: TokenAnswer,
  method: TokenEndpointAuthMethod,
  preset: Preset,
  now: number,
): TokenSet {
  // An answer without a refresh token means: keep the one you have (RFC 6749 §6).
  const newest = answer.refresh_token ?? used
  const changed = newest !== used
  return {
    ...tokens,
    ...accessPart(answer, now),
    scope: answer.scope ?? tokens.scope,
    refresh_token: newest,
    refresh_token_changed: changed,
    initial_replaced_at: tokens.initial_replaced_at ?? (changed ? now : null),
    // A proof that saw no other token come back knows nothing of this one.
    proof: changed && tokens.initial_replaced_at === null ? null : tokens.proof,
    refresh_expires_in: answer.refresh_expires_in ?? tokens.refresh_expires_in,
    // The same token may have been asked about: what is known of its end stays.
    refresh_token_expires_at:
      refreshTokenEnd(newest, answer, now) ?? (changed ? documentedEnd(preset, now) : tokens.refresh_token_expires_at),
    id_token: tokens.id_token ?? answer.id_token,
    refreshed_at: Math.max(now, (tokens.refreshed_at ?? 0) + 1),
    token_endpoint_auth_method: method,
    signature: NOT_CHECKED,
    dead: null,
  }
}

/** A refused token: dead, and said so by a proof that ran before as well. */
function refused(tokens: TokenSet, error: AppError, now: number): TokenSet {
  const { error: code, error_description } = error.extra
  return {
    ...tokens,
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

const revoked = (tokens: TokenSet, now: number): TokenSet => ({
  ...tokens,
  dead: { reason: 'revoked', error: null, error_description: null, at: now },
})

/** Until the check of the new access token's signature has ended. */
const NOT_CHECKED: SignatureCheck = { result: 'unknown', reason: 'It has not been checked yet.' }

const ignoreGone = (error: AppError) => {
  if (error.code !== 'not_signed_in') throw error
}
