import { readFileSync } from 'node:fs'
import { noticedBy } from '../mutant.js'

const SEAL = 'test/promises/J-store.test.ts'
const RECORDS = 'test/shared-site/records.test.ts'
const LISTS = 'test/shared-site/lists.test.ts'

const SOURCE = readFileSync(new URL('../../../server/stores/seal.ts', import.meta.url), 'utf8')
const AAD = SOURCE.slice(
  SOURCE.indexOf('const cipher ='),
  SOURCE.lastIndexOf('Buffer.from(key)') + 'Buffer.from(key)'.length,
)

export const MUTANTS = [
  ...noticedBy(SEAL, 'J19 the same text', [
    [
      'server/stores/seal.ts',
      'const nonce = randomBytes(NONCE)',
      'const nonce = Buffer.alloc(NONCE)',
      'two records with one nonce give the key away',
    ],
  ]),
  // The name (AAD) is taken out where it is written and where it is read.
  ...noticedBy(SEAL, 'J19 a sealed record', [
    [
      'server/stores/seal.ts',
      AAD,
      AAD.replaceAll('Buffer.from(key)', "Buffer.from('')"),
      'a sealed record opens under every name',
    ],
  ]),
  ...noticedBy(SEAL, 'J8 another name', [
    [
      'server/tokens/entries.ts',
      'const entryKey = (list: string, id: string) => `entry:{${list}}:${id}`',
      "const entryKey = (_list: string, _id: string) => 'entry'",
      "a person who writes to Redis puts another person's token into their own list",
    ],
    [
      'server/tokens/entries.ts',
      'const headKey = (list: string) => `list:{${list}}`',
      "const headKey = (_list: string) => 'list'",
      "a person who writes to Redis makes another person's list their own",
    ],
    [
      'server/web/sessions/list-pointer.ts',
      'const aad = (req: Request) => `session:${req.sessionID}`',
      "const aad = (_req: Request) => 'session'",
      "a person who writes to Redis points their session to another person's list",
    ],
  ]),
  ...noticedBy(RECORDS, 'exactly one of many', [
    [
      'server/stores/memory.ts',
      `      const entry = live(key)
      forget(key)
      return entry?.value ?? null`,
      `      const entry = live(key)
      await null
      forget(key)
      return entry?.value ?? null`,
      'one state is taken twice, and one code sent twice',
    ],
  ]),
  ...noticedBy(RECORDS, 'replaces over the version', [
    [
      'server/stores/memory.ts',
      '      if (entry?.version !== version) return null\n',
      '      if (!entry) return null\n',
      'the last writer wins',
    ],
  ]),
  ...noticedBy(RECORDS, 'leases to one holder', [
    ['server/stores/memory.ts', '      if (live(key)) return false\n', '', 'two hold one lease'],
    [
      'server/stores/memory.ts',
      '      if (live(key)?.value === holder) forget(key)',
      '      forget(key)',
      "a holder gives back another one's lease",
    ],
  ]),
  ...noticedBy('test/promises/J-memory.test.ts', 'J10 (the memory|the oldest)', [
    [
      'server/stores/memory.ts',
      'if (signIns.size > SIGN_INS_AT_MOST) forget(',
      'if (false) forget(',
      'strangers fill the memory with sign-ins',
    ],
    [
      'server/web/sessions/memory-sessions.ts',
      'if (this.#withoutTokens.size > WITHOUT_TOKENS_AT_MOST)',
      'if (false)',
      'strangers fill the memory with sessions',
    ],
    ['server/stores/memory-budget.ts', 'if (by > 0 && used + by > atMost) {', 'if (false) {', 'tokens fill the memory'],
    [
      'server/stores/memory-lists.ts',
      '    if (list) budget.change(-sizeOf(list))\n',
      '',
      'a process takes no tokens any more, though they are gone',
    ],
  ]),
  ...noticedBy(LISTS, 'opens nothing with another', [
    [
      'server/web/sessions/session-data.ts',
      '  if (kept.some(([name, fits]) => !fits(data[name]))) return null\n',
      '',
      'a session that was written by another ends in an error',
    ],
  ]),
  ...noticedBy('test/promises/J-memory.test.ts', 'J19 a stored session', [
    [
      'server/config/session-lifetimes.ts',
      'return Math.min(now + idle, began + absolute)',
      'return now + idle',
      'a session that is used never ends in the store',
    ],
  ]),
]
