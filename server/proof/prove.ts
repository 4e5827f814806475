import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../errors.js'
import { isDocumented } from '../knowledge/presets/preset.js'
import type { Provider } from '../provider/provider.js'
import type { StoredEntry } from '../tokens/entries.js'
import type { Proof } from '../tokens/entry.js'
import { endFields } from '../tokens/lifetime.js'
import type { Refresher, RefreshOnce } from '../tokens/refresh.js'
import type { TimeLeft } from '../tokens/test-time.js'
import { compareEnds, sentBy } from './ends.js'
import { graceLeft } from './grace.js'
import { askAboutFirst, askForEnd, notKnown } from './introspection.js'
import { reuseFirst } from './reuse.js'
import { tooEarly } from './too-early.js'
import { type Outcome, type RefreshForTest, refusedAt, tryRefresh } from './try-refresh.js'
import { judge } from './verdict.js'

/** Tests what a token is worth to a device. */
export interface Prover {
  /**
   * Two refreshes in a chain, each with the current token, and a question about the first. It never sends a token twice that might
   * be one-time, unless asked by `reuse`. What it has seen is kept with the entry.
   * @throws AppError `too_early` for the reuse test sooner than 90 s after the first token was replaced, `token_refused`, and
   * whatever kept the provider from answering: then nothing is said about the token.
   */
  prove(stored: StoredEntry, options?: TestOptions): Promise<StoredEntry>
}

interface TestOptions {
  /** Sends the first token once more. */
  reuse?: boolean
  /** A reuse test of an earlier token of this client was refused. */
  learned?: boolean
}

interface Dependencies {
  provider: Provider
  refresher: Refresher
  now: () => number
  pause?: (milliseconds: number) => Promise<unknown>
}

/** Milliseconds that the second refresh may take, with the pause before it. */
const SECOND_REFRESH = 27_000

/** Keycloak counts in whole seconds: within one, it does not notice that a token was used twice. */
const BETWEEN_REFRESHES = 1_100

export function createProver({ provider, refresher, now, pause = sleep }: Dependencies): Prover {
  const underWay = new Map<string, Promise<StoredEntry>>()

  async function twice(
    refresh: RefreshForTest,
    timeLeft: TimeLeft,
    stored: StoredEntry,
    learned: boolean,
  ): Promise<Outcome> {
    const once = await refresh(stored, { timeLeft: beforeSecond(timeLeft) })
    if (once instanceof AppError) return refusedAt(stored, 'refused_at_first')
    const { sent, answers } = await endNow(once, beforeSecond(timeLeft))
    await pause(BETWEEN_REFRESHES)
    const again = await refresh(once)
    if (again instanceof AppError) return refusedAt(once, 'refused_at_second')
    const { refresh_token, first_refresh_token, first_replaced_at, learned_one_time = learned } = again.entry
    const tokens = { first: first_refresh_token as string, current: refresh_token as string }
    const asked = answers ? await askAboutFirst(provider, tokens, timeLeft) : notKnown('no_answer')
    const same = once.entry.refresh_token === tokens.first && tokens.current === tokens.first
    const early = graceLeft({ first_replaced_at }, now()) > 0
    const judged = judge({ same, firstActive: asked.active, early, learned: learned_one_time }, provider.preset())
    const known = asked.endsAt === null ? again : await keepEnd(again, asked.endsAt)
    const moves = provider.preset().end ? provider.preset().end?.from === 'issue' : null
    const end = compareEnds(sent, sentBy(known.entry, asked.endsAt, now()), moves)
    return { stored: known, ...judged, first_active: asked.active, not_asked: asked.why, end }
  }

  /** What was sent about the end just now; introspection is asked where the token and its answer say nothing, and answers. */
  async function endNow({ entry }: StoredEntry, timeLeft: TimeLeft) {
    const sent = sentBy(entry, null, now())
    if (sent.relative !== null || sent.absolute !== null || mayBeOffline(entry.answer)) return { sent, answers: true }
    const end = await askForEnd(provider, entry.refresh_token as string, timeLeft)
    if (end === 'no_answer') return { sent, answers: false }
    return { sent: sentBy(entry, end, now()), answers: true }
  }

  /** The end that introspection names counts, unless an earlier one is known. */
  const keepEnd = (stored: StoredEntry, endsAt: number) =>
    refresher.change(stored, (entry) => {
      const { refresh_token_expires_at: known, refresh_token_expires_source: source } = entry
      const earlier = known !== null && source !== 'documented' && known <= endsAt
      return earlier ? entry : { ...entry, ...endFields({ at: endsAt, source: 'introspection' }) }
    })

  function conclude({ stored, ...seen }: Outcome): Promise<StoredEntry> {
    const proof: Proof = { ...seen, proved_at: now() }
    const learned = seen.verdict === 'one_time' && /^(reuse_|learned)/.test(seen.found)
    return refresher.change(stored, (entry) => ({ ...entry, proof, ...(learned && { learned_one_time: true }) }))
  }

  async function run(
    once: RefreshOnce,
    timeLeft: TimeLeft,
    fresh: StoredEntry,
    asked: StoredEntry,
    { reuse = false, learned = false }: TestOptions,
  ): Promise<StoredEntry> {
    const { entry } = fresh
    // The request before us may have tested the token already. Its result counts, unless this is a reuse test.
    if (!reuse && entry.proof !== null && entry.proof.proved_at !== asked.entry.proof?.proved_at) return fresh
    if (entry.dead)
      return entry.proof?.found === 'reuse_ended_grant' ? fresh : conclude(refusedAt(fresh, 'dead_before'))
    const refresh = tryRefresh(provider, refresher, once, timeLeft)
    const reuses = reuse && !isDocumented(provider.preset()) && entry.first_replaced_at !== null
    if (!reuses) return conclude(await twice(refresh, timeLeft, fresh, learned))
    const early = graceLeft(entry, now())
    if (early > 0) throw tooEarly(early)
    return conclude(await reuseFirst(refresher, refresh, () => pause(BETWEEN_REFRESHES), fresh))
  }

  return {
    prove(stored, options = {}) {
      const which = `${stored.at} ${options.reuse === true}`
      const running = underWay.get(which)
      if (running) return running
      const test = refresher.alone(stored.at, (fresh, refreshOnce, timeLeft) =>
        run(refreshOnce, timeLeft, fresh, stored, options),
      )
      const done = test.finally(() => underWay.delete(which))
      underWay.set(which, done)
      return done
    },
  }
}

/** Of what is left after the first refresh, the second one needs its part. */
const beforeSecond =
  (timeLeft: TimeLeft): TimeLeft =>
  () =>
    Math.max(1, timeLeft() - SECOND_REFRESH)

/** Keycloak says `refresh_expires_in: 0` where a token has no end: no need to ask. */
const mayBeOffline = ({ refresh_expires_in }: Record<string, unknown>) => refresh_expires_in === 0
