import type { Store } from 'express-session'
import type { Logger } from 'pino'
import { createSetupCheck, type SetupCheck } from '../check/set-up-check.js'
import type { Config } from '../config/config.js'
import { lifetimes } from '../config/session-lifetimes.js'
import type { Pages } from '../pages/pages.js'
import type { Lifecycle } from '../process/shut-down.js'
import { createProver, type Prover } from '../proof/prove.js'
import type { Provider } from '../provider/provider.js'
import { createMint, type Mint } from '../sign-in/mint.js'
import { createSameCallback, type SameCallback } from '../sign-in/same-callback.js'
import { createSignInFlow, type SignInFlow } from '../sign-in/sign-in.js'
import { createSignIns, type SignIns } from '../sign-in/sign-ins-under-way.js'
import type { Records } from '../stores/records.js'
import { createSeal, type Seal } from '../stores/seal.js'
import { createEntries, createSealedList, type Entries } from '../tokens/entries.js'
import { createTokenLists, type TokenLists } from '../tokens/lists.js'
import { createRefresher, type Refresher } from '../tokens/refresh.js'
import { type Audit, createAudit } from './audit.js'
import type { CountIn } from './rate-limits.js'
import { createListPointer, type ListPointer } from './sessions/list-pointer.js'

/** What the app gets from outside, so that a test can set the time or remove the store. */
export interface Dependencies {
  provider: Provider
  records: Records
  sessionStore: Store
  countIn: CountIn
  logger: Logger
  lifecycle: Lifecycle
  now: () => number
  /** Waits for some milliseconds; a test moves its clock instead. */
  pause?: (milliseconds: number) => Promise<unknown>
}

/** What the routes get. Each route uses the members that it needs. */
export interface Site {
  config: Config
  provider: Provider
  entries: Entries
  lists: TokenLists
  pointer: ListPointer
  refresher: Refresher
  prover: Prover
  setupCheck: SetupCheck
  flow: SignInFlow
  signIns: SignIns
  sameCallback: SameCallback
  mint: Mint
  records: Records
  seal: Seal
  pages: Pages
  audit: Audit
  now: () => number
  /** Resolves when no token request is running and every token is saved. */
  idle(): Promise<void>
}

/** Puts the steps together: check, sign-in, test, device config, revoke. */
export function createSite(config: Config, dependencies: Dependencies, pages: Pages): Site {
  const { provider, records, logger, lifecycle, now, pause } = dependencies
  const seal = createSeal(config.sessionSecrets)
  const sealed = createSealedList(seal)
  const entries = createEntries(records.lists, sealed)
  const lists = createTokenLists({ records: records.lists, sealed, now, lifetimes: lifetimes(config.shared) })
  const refresher = createRefresher({ provider, entries, records, now, lifecycle })
  const sameCallback = createSameCallback(records, seal)
  return {
    config,
    provider,
    entries,
    lists,
    pointer: createListPointer(seal),
    refresher,
    prover: createProver({ provider, refresher, now, ...(pause && { pause }) }),
    setupCheck: createSetupCheck({ config, provider, now }),
    flow: createSignInFlow(provider, `${config.baseUrl}/auth/oauth2/callback`),
    signIns: createSignIns(records, seal),
    sameCallback,
    mint: createMint({ provider, entries, lists, shared: config.shared, now }),
    records,
    seal,
    pages,
    audit: createAudit(logger),
    now,
    async idle() {
      await Promise.all([refresher.idle(), sameCallback.idle()])
    },
  }
}
