import { randomBytes } from 'node:crypto'
import type { Config } from '../config/config.js'
import { createProviderClient } from '../dependencies.js'
import type { Lifecycle } from '../process/shut-down.js'
import { createProver, type Prover } from '../proof/prove.js'
import { type Shown, shown } from '../proof/shown.js'
import { providerFacts } from '../provider/facts.js'
import type { Provider } from '../provider/provider.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import { createMint, type Mint } from '../sign-in/mint.js'
import { createSignInFlow, type SignInFlow } from '../sign-in/sign-in.js'
import { createMemoryRecords } from '../stores/memory.js'
import { createSeal } from '../stores/seal.js'
import { createEntries, createSealedList, type Entries } from '../tokens/entries.js'
import type { Entry } from '../tokens/entry.js'
import { createTokenLists, type TokenLists } from '../tokens/lists.js'
import { createRefresher, type Refresher } from '../tokens/refresh.js'
import { newListId } from '../tokens/token-list.js'

/** Builds the parts of the site for one token in one process, in memory. */
export interface Workshop {
  provider: Provider
  entries: Entries
  lists: TokenLists
  refresher: Refresher
  prover: Prover
  flow: SignInFlow
  redirectUri: string
  mint(answer: TokenAnswer): ReturnType<Mint>
  /** The facts about a token, for its verdict and its warnings. */
  shown(entry: Entry): Shown
  close(): Promise<void>
}

const LASTS = 86_400_000
/** Writes messages to standard error, because standard output is only for the result. */
const SILENT = { debug() {} }

/** @param around lets `test` write each new token back to its file as it is saved */
export function createWorkshop(
  config: Config,
  lifecycle: Lifecycle,
  around: (entries: Entries) => Entries = (entries) => entries,
): Workshop {
  const now = Date.now
  const client = createProviderClient(config, { now, log: SILENT })
  const { provider } = client
  const records = createMemoryRecords(now)
  const sealed = createSealedList(createSeal([randomBytes(32).toString('hex')]))
  const entries = around(createEntries(records.lists, sealed))
  const lifetimes = { idle: LASTS, absolute: LASTS }
  const lists = createTokenLists({ records: records.lists, sealed, now, lifetimes })
  const mint = createMint({ provider, entries, lists, shared: false, now })
  const refresher = createRefresher({ provider, entries, records, now, lifecycle })
  const redirectUri = `${config.baseUrl}/auth/oauth2/callback`
  return {
    provider,
    entries,
    lists,
    refresher,
    prover: createProver({ provider, refresher, now }),
    flow: createSignInFlow(provider, redirectUri),
    redirectUri,
    mint: (answer) => mint(answer, newListId()),
    shown: (entry) => shown(config, providerFacts(provider), entry, now()),
    async close() {
      await records.close()
      await client.close()
    },
  }
}
