import { noticedBy } from '../mutant.js'

const SESSION = 'test/promises/J-session.test.ts'
const REFRESH = 'test/promises/D-refresh.test.ts'
const LIST = 'test/token-list/list.test.ts'

export const MUTANTS = [
  ...noticedBy(SESSION, 'J19 forgetting', [
    [
      'server/tokens/lists.ts',
      'entries: [{ id, value: null, over: stored.version }] })',
      'entries: [] })',
      'a forgotten token stays in the store',
    ],
  ]),
  ...noticedBy(SESSION, 'J19 a save that the store', [
    [
      'server/tokens/not-stored.ts',
      'const SAVES_AT_MOST = 3',
      'const SAVES_AT_MOST = 1',
      'a short fault of the store costs the token its place',
    ],
  ]),
  ...noticedBy(SESSION, 'J19 a token is not used', [
    ['server/tokens/refresh.ts', '      await saveLater.before(id)\n', '', 'a token that was used up is sent again'],
  ]),
  ...noticedBy(SESSION, 'J19 a save that comes late', [
    [
      'server/tokens/refresh.ts',
      `        refreshedAt(entry) > refreshedAt(stored.entry)
          ? entry
          : refreshed(entry, used, answer, provider.preset(), answered),`,
      '        refreshed(entry, used, answer, provider.preset(), answered),',
      'a late save takes back what another process has stored',
    ],
  ]),
  ...noticedBy('test/shared-site/refresh.test.ts', 'D2 ', [
    [
      'server/tokens/refresh.ts',
      'return done ? Promise.resolve(latest) : refreshOnce(lease, latest, { method })',
      'return refreshOnce(lease, latest, { method })',
      'clicks at several replicas use the token one after the other',
    ],
  ]),
  ...noticedBy(REFRESH, 'D5 that comes while a revocation', [
    [
      'server/tokens/usable-token.ts',
      '  if (entry.dead === null) return token\n',
      '  return token\n',
      'a revoked token is sent again',
    ],
  ]),
  ...noticedBy(REFRESH, 'D8 ', [
    [
      'server/tokens/after-refresh.ts',
      'answer.refresh_token ?? used',
      "answer.refresh_token ?? ''",
      'an answer without a refresh token costs the one that is here',
    ],
  ]),
  ...noticedBy('test/kept/refusals.test.ts', 'for now is no end', [
    [
      'server/tokens/refresh.ts',
      "error.code === 'invalid_grant'\n      ? markDead(stored, error)",
      'true\n      ? markDead(stored, error)',
      'a token that is refused for now counts as dead',
    ],
  ]),
  ...noticedBy(REFRESH, 'D10 ', [
    [
      'server/tokens/after-refresh.ts',
      '(before.iss !== now.iss || before.sub !== now.sub)',
      'false',
      "another user's ID token is not mentioned",
    ],
  ]),
  ...noticedBy(LIST, 'does nothing for an id', [
    [
      'server/web/require-login.ts',
      '    if (!stored) throw unknownToken()\n',
      '    if (!stored) return next()\n',
      'a form with an unknown id acts on something else',
    ],
  ]),
  ...noticedBy(LIST, 'keeps a token that is given twice', [
    [
      'server/tokens/same-token.ts',
      'refresh_token !== null && [entry.refresh_token, entry.first_refresh_token].includes(refresh_token)',
      'false && entry.refresh_token === refresh_token',
      'one token becomes two entries, and one of them is dead later',
    ],
  ]),
  ...noticedBy(LIST, 'asks which to forget', [
    [
      'server/web/routes/sign-in.ts',
      'if (req.user && listed(req.user).length >= LISTED_AT_MOST) throw tooManyTokens()',
      '',
      'a list grows without end',
    ],
  ]),
  ...noticedBy('test/shared-site/records.test.ts', 'together or not at all', [
    [
      'server/stores/memory-lists.ts',
      '      if (!fits(before, { head, entries })) return false\n',
      '',
      'what one tab adds, the other one takes away',
    ],
  ]),
  ...noticedBy(LIST, 'no formula', [
    ['server/token-list/csv.ts', "`'${text}` : text", 'text : text', 'a label runs as a formula in a spreadsheet'],
  ]),
  ...noticedBy('test/tokens/lifetime.test.ts', 'counts from the last use', [
    [
      'server/tokens/lifetime.ts',
      'const used = refreshed_at ?? signedInAt(entry)',
      'const used = signedInAt(entry)',
      'the reminder comes too early, or too late',
    ],
  ]),
]
