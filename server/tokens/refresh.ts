import { setTimeout as pause } from 'node:timers/promises'
import type { TokenEndpointAuthMethod } from '../config/config.js'
import type { AppError } from '../errors.js'
import type { Provider } from '../provider/provider.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { Records } from '../stores/records.js'
import { dead, newer, refreshed, refreshedAt, refusedForNow, revoked } from './after-refresh.js'
import { type Entries, leaseKey, type StoredEntry } from './entries.js'
import type { Entry } from './entry.js'
import { type Lease, withLease } from './lease.js'
import { signatureOf } from './mint.js'
import { insist, notStored } from './not-stored.js'
import { busy, ending, gone, notConfirmed, notRefreshed } from './refresh-errors.js'
import { type RevocationWarning, revokeOthers } from './revoke-others.js'
import { createSaveLater } from './save-later.js'
import { createTestTime, type TimeLeft } from './test-time.js'
import { presentToken, usableToken } from './usable-token.js'

/** Refreshes and revokes a token: one request at a time for each entry, on all replicas. */
export interface Refresher {
  /** Refreshes once. Callers that come while it runs get the same answer. */
  refresh(stored: StoredEntry, method?: TokenEndpointAuthMethod): Promise<StoredEntry>
  /** Saves that the provider has refused the token. */
  markDead(stored: StoredEntry, error: AppError): Promise<StoredEntry>
  /** Revokes every string of the token that may still work (RFC 7009). The entry stays, marked as dead. */
  revoke(stored: StoredEntry): Promise<{ stored: StoredEntry; warnings: RevocationWarning[] }>
  /** Runs `work` with the current entry while no other request refreshes it. Rejects with `not_signed_in` if it is gone. */
  alone<T>(
    id: string,
    work: (stored: StoredEntry, refreshOnce: RefreshOnce, timeLeft: TimeLeft) => Promise<T>,
  ): Promise<T>
  /** Applies a change to the current version of the entry. */
  change(stored: StoredEntry, change: (entry: Entry) => Entry): Promise<StoredEntry>
  /** Resolves when no refresh of this process is running and every token is saved: for a graceful end. */
  idle(): Promise<void>
}

/**
 * Refreshes once while holding the lease. With `token`, refreshes that token instead of the current one; a refusal does not mark the
 * entry dead.
 */
export type RefreshOnce = (
  stored: StoredEntry,
  how?: { method?: TokenEndpointAuthMethod | undefined; token?: string; timeout?: number },
) => Promise<StoredEntry>

interface Dependencies {
  provider: Provider
  entries: Entries
  records: Records
  now: () => number
  /** Whether this process is ending. */
  lifecycle: { readonly ending: boolean }
}

export function createRefresher({ provider, entries, records, now, lifecycle }: Dependencies): Refresher {
  const underWay = new Map<string, { run: Promise<StoredEntry>; method: TokenEndpointAuthMethod | undefined }>()
  const working = new Set<Promise<unknown>>()
  const saveLater = createSaveLater()

  async function change(stored: StoredEntry, alter: (entry: Entry) => Entry): Promise<StoredEntry> {
    let latest: StoredEntry | null = stored
    while (latest) {
      const saved: StoredEntry | null = await entries.save(latest, alter(latest.entry))
      if (saved) return saved
      latest = newer(await entries.load(stored.at), stored)
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
    // While the new token is not saved, the next request would send the old one.
    const run = withLease(records, leaseKey(id), begun, () => saveLater.unfinished(id))
    working.add(run)
    const done = () => working.delete(run)
    run.then(done, done)
    return run
  }

  /** Ignores the refusal if the entry has a newer token. */
  const ofThisToken = (stored: StoredEntry, alter: (entry: Entry) => Entry) =>
    change(stored, (entry) => (entry.refresh_token === stored.entry.refresh_token ? alter(entry) : entry))

  const markDead = (stored: StoredEntry, error: AppError) => ofThisToken(stored, (entry) => dead(entry, error, now()))

  const keepRefusal = (stored: StoredEntry, error: AppError) =>
    error.code === 'invalid_grant'
      ? markDead(stored, error)
      : ofThisToken(stored, (entry) => refusedForNow(entry, error, now()))

  const refreshOnce = async (
    lease: Lease,
    stored: StoredEntry,
    { method, token, timeout }: Parameters<RefreshOnce>[1] = {},
    timeForKeys?: TimeLeft,
  ) => {
    const used = token ?? usableToken(stored.entry)
    const way = method ?? (await wayFor(stored.entry))
    // While the provider's addresses can't be read, nothing is sent.
    await provider.metadata.get()
    lease.check()
    const answer = await provider.refresh(used, { method: way, timeout }).catch(async (error: AppError) => {
      const ofTheToken = error.code === 'invalid_grant' || error.code === 'token_refused'
      if (ofTheToken && token === undefined) await keepRefusal(stored, error)
      throw notRefreshed(error)
    })
    const answered = now()
    // Save first: until then, only this process knows the token.
    const saved = await keep(
      stored,
      // Another request may have refreshed in the meantime: a late save must not replace its newer token.
      (entry) =>
        refreshedAt(entry) > refreshedAt(stored.entry)
          ? entry
          : refreshed(entry, used, answer, provider.preset(), answered),
      answer,
    )
    const signature = await signatureOf(provider, answer.access_token, timeForKeys?.())
    return change(saved, (entry) => ({ ...entry, signature })).catch(() => saved)
  }

  /** Returns the way to send the credentials that worked last. For a pasted token, finds it out first. */
  async function wayFor({ origin, refreshed_at, token_endpoint_auth_method }: Entry) {
    const { authentication } = provider
    if (origin === 'sign_in' || refreshed_at !== null) return authentication.stillGood(token_endpoint_auth_method)
    await authentication.findOut()
    return authentication.current()
  }

  /** Saves the provider's answer. If the store fails, the error has the token for the caller, and we save it as soon as possible. */
  async function keep(stored: StoredEntry, alter: (entry: Entry) => Entry, answer: TokenAnswer): Promise<StoredEntry> {
    const save = () => change(stored, alter)
    try {
      return await insist(save)
    } catch (error) {
      // Where the person signed out meanwhile there is nothing to save to: the token is in this answer alone.
      if ((error as AppError).code === 'store_unavailable') saveLater.add(stored.at, save)
      throw notStored(answer.refresh_token, error)
    }
  }

  return {
    change,
    alone(id, work) {
      return underLease(id, (stored, lease) => {
        const { timeLeft, forRequest, forKeys } = createTestTime()
        let uses = 0
        const once: RefreshOnce = async (from, how) => {
          uses += 1
          if (uses > 1 && lifecycle.ending) throw ending()
          return refreshOnce(lease, from, { timeout: forRequest(), ...how }, () => forKeys(uses))
        }
        return work(stored, once, timeLeft)
      })
    },
    markDead,
    refresh(stored, method) {
      const running = underWay.get(stored.at)
      if (running) {
        // The answer of a refresh in another way would say nothing about the one that was asked for.
        return method === undefined || method === running.method ? running.run : Promise.reject(busy())
      }
      usableToken(stored.entry)
      const run = underLease(stored.at, (found, lease) => {
        // After a failover the store may have lost the last save: then the entry that we read before is newer.
        const latest = newer(found, stored) as StoredEntry
        // The holder of the lease before us may have refreshed already.
        const done = refreshedAt(latest.entry) > refreshedAt(stored.entry)
        if (done && method !== undefined) throw busy()
        return done ? Promise.resolve(latest) : refreshOnce(lease, latest, { method })
      }).finally(() => underWay.delete(stored.at))
      underWay.set(stored.at, { run, method })
      return run
    },
    revoke(stored) {
      return underLease(stored.at, async (fresh, lease) => {
        lease.check()
        await provider.revoke(presentToken(fresh.entry)).catch(notConfirmed)
        const warnings = await revokeOthers(provider, fresh.entry)
        const marked = await change(fresh, (entry) =>
          entry.refresh_token === fresh.entry.refresh_token ? revoked(entry, now()) : entry,
        )
        return { stored: marked, warnings }
      })
    },
    async idle() {
      while (working.size + saveLater.waiting > 0) {
        await Promise.allSettled(working)
        if (saveLater.waiting > 0) await pause(100)
      }
    },
  }
}
