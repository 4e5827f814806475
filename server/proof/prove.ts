import { AppError } from '../errors.js'
import type { Provider } from '../provider/provider.js'
import type { StoredEntry } from '../tokens/entries.js'
import type { Entry, Verdict } from '../tokens/entry.js'
import { endPart, type KnownEnd } from '../tokens/lifetime.js'
import type { Refresher, RefreshOnce } from '../tokens/refresh.js'
import type { TimeLeft } from '../tokens/test-time.js'
import { whyDead } from '../tokens/why-dead.js'
import { proofChecks } from './checks.js'
import { graceLeft } from './grace.js'
import { askAboutFirst, askForEnd } from './introspection.js'
import type { Seen } from './seen.js'

/** Proves what a token set is worth to a device. */
export interface Prover {
  /**
   * Two refreshes in a chain, each with the newest token, and a question about the first. It never sends a token twice that might
   * be one-time, unless asked by `reuse`. The verdict is kept with the set.
   * @throws AppError `too_early` for the reuse test sooner than 90 s after the first token was replaced, and whatever kept the
   * provider from answering: then nothing is said of the token.
   */
  prove(stored: StoredEntry, options?: { reuse?: boolean }): Promise<StoredEntry>
}

interface Dependencies {
  provider: Provider
  refresher: Refresher
  now: () => number
  pause?: (milliseconds: number) => Promise<unknown>
}

/** Keycloak counts in whole seconds: within one, it does not notice that a token was used twice. */
const BETWEEN_REFRESHES = 1_100

/** What two refreshes tell that brought no other token. */
const SAME = {
  verdict: 'reusable',
  how: 'The same token worked twice, and no other came back.',
  hint: null,
} satisfies Partial<Seen>

type Outcome = Pick<Seen, 'verdict' | 'how' | 'hint' | 'refusal'> & { stored: StoredEntry }

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

export function createProver({ provider, refresher, now, pause = sleep }: Dependencies): Prover {
  const underWay = new Map<string, Promise<StoredEntry>>()

  /** A refresh that tells "refused" from all else that can go wrong. */
  async function tryRefresh(
    refreshOnce: RefreshOnce,
    stored: StoredEntry,
    token?: string,
  ): Promise<StoredEntry | AppError> {
    try {
      return await refreshOnce(stored, token === undefined ? {} : { token })
    } catch (error) {
      if (error instanceof AppError && error.code === 'invalid_grant') return error
      throw error
    }
  }

  async function twice(refreshOnce: RefreshOnce, timeLeft: TimeLeft, stored: StoredEntry): Promise<Outcome> {
    const once = await tryRefresh(refreshOnce, stored)
    if (once instanceof AppError) return refused(stored, once, 'It was refused at the first refresh.')
    await pause(BETWEEN_REFRESHES)
    const again = await tryRefresh(refreshOnce, once)
    if (again instanceof AppError) return refused(once, again, 'It was refused at the second refresh.')
    const { refresh_token, first_refresh_token } = again.entry
    const same = once.entry.refresh_token === first_refresh_token && refresh_token === first_refresh_token
    const { endsAt, ...told } = same
      ? { ...SAME, endsAt: await askForEnd(provider, first_refresh_token as string, timeLeft) }
      : await askAboutFirst(provider, again.entry, now(), timeLeft)
    const kept = endsAt === null ? again : await refresher.change(again, (entry) => endingAt(entry, endsAt))
    return { stored: kept, ...told, refusal: null }
  }

  /** Sends the first token once more, and then tries the newest: may end the whole grant, so only when asked for. */
  async function reuseFirst(refreshOnce: RefreshOnce, stored: StoredEntry): Promise<Outcome> {
    const first = await tryRefresh(refreshOnce, stored, stored.entry.first_refresh_token as string)
    await pause(BETWEEN_REFRESHES)
    const latest = first instanceof AppError ? stored : first
    const newest = await tryRefresh(refreshOnce, latest, stored.entry.refresh_token as string)
    if (first instanceof AppError && newest instanceof AppError) {
      const dead = await refresher.markDead(stored, newest)
      return refused(dead, newest, 'Using the first token again ended the whole grant: the provider detects reuse.')
    }
    if (first instanceof AppError) {
      const how = 'The first token was refused when it was used again, and the newest still works.'
      return { stored: newest as StoredEntry, verdict: 'one_time', how, hint: null, refusal: null }
    }
    const how =
      'The first token still worked, more than 90 seconds after it had been replaced. Longer grace periods than that exist.'
    return { stored: newest instanceof AppError ? first : newest, verdict: 'reusable', how, hint: null, refusal: null }
  }

  async function conclude({ stored, ...outcome }: Outcome): Promise<StoredEntry> {
    const { token_endpoint } = await provider.metadata.get()
    return refresher.change(stored, (entry) => {
      const seen: Seen = { ...outcome, entry, tokenEndpoint: token_endpoint, preset: provider.preset(), now: now() }
      return { ...entry, proof: { verdict: outcome.verdict, checks: proofChecks(seen), proved_at: now() } }
    })
  }

  async function run(
    refreshOnce: RefreshOnce,
    timeLeft: TimeLeft,
    fresh: StoredEntry,
    asked: StoredEntry,
    reuse: boolean,
  ): Promise<StoredEntry> {
    // Whoever held the lease before us may have proven it for us, too; a reuse test nobody makes for us.
    if (!reuse && fresh.entry.proof?.proved_at !== asked.entry.proof?.proved_at) return fresh
    if (fresh.entry.dead) return conclude(known(fresh, provider.preset().id))
    const reuses = reuse && replaced(fresh.entry, now())
    return conclude(await (reuses ? reuseFirst(refreshOnce, fresh) : twice(refreshOnce, timeLeft, fresh)))
  }

  return {
    prove(stored, { reuse = false } = {}) {
      const which = `${stored.at} ${reuse}`
      const running = underWay.get(which)
      if (running) return running
      const proof = refresher.alone(stored.at, (fresh, refreshOnce, timeLeft) =>
        run(refreshOnce, timeLeft, fresh, stored, reuse),
      )
      const done = proof.finally(() => underWay.delete(which))
      underWay.set(which, done)
      return done
    },
  }
}

const refused = (stored: StoredEntry, error: AppError, how: string): Outcome => ({
  stored,
  verdict: 'invalid' satisfies Verdict,
  how,
  hint: null,
  refusal: { message: error.message, hint: error.hint },
})

function known(stored: StoredEntry, provider: string): Outcome {
  const why = whyDead(stored.entry, provider)
  const message =
    stored.entry.dead?.reason === 'revoked'
      ? 'It was revoked here.'
      : `The provider has refused it before. ${why?.means ?? ''}`.trim()
  return {
    stored,
    verdict: 'invalid',
    how: 'It is dead already, so it was not sent again.',
    hint: null,
    refusal: { message, hint: why?.hint ?? 'Sign in again to mint another token.' },
  }
}

/** Whether a reuse test has something to test. @throws AppError `too_early` */
function replaced(entry: Entry, now: number): boolean {
  if (entry.first_replaced_at === null) return false
  const early = graceLeft(entry, now)
  if (early === 0) return true
  throw new AppError(
    'too_early',
    'Many providers still take a replaced token for a while: asked now, the answer would prove nothing.',
    {
      hint: `Ask again in ${Math.ceil(early / 1000)} seconds. Some providers have longer grace periods still.`,
      retryAfter: Math.ceil(early / 1000),
    },
  )
}

const endingAt = (entry: Entry, end: KnownEnd): Entry =>
  end.at < (entry.refresh_token_expires_at ?? Number.POSITIVE_INFINITY) ? { ...entry, ...endPart(end) } : entry
