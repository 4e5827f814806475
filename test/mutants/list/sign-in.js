import { noticedBy } from '../mutant.js'

const CALLBACK = 'test/promises/B-callback.test.ts'
const LOGIN = 'test/promises/A-login.test.ts'
const INSPECT = 'test/shared-site/inspect.test.ts'

export const MUTANTS = [
  ...noticedBy(CALLBACK, 'B1 ', [
    [
      'server/sign-in/callback.ts',
      '  if ((parameters.code === null) === (parameters.error === null)) {\n',
      '  if (parameters.code !== null && parameters.error !== null) {\n',
      'a callback with nothing in it goes on',
    ],
  ]),
  ...noticedBy(CALLBACK, 'B4 ', [
    [
      'server/sign-in/callback.ts',
      "  if (typeof value !== 'string') throw",
      "  if (Array.isArray(value)) return String(value[0])\n  if (typeof value !== 'string') throw",
      'the first of two codes is sent',
    ],
  ]),
  ...noticedBy(CALLBACK, 'B5 ', [
    [
      'server/sign-in/sign-ins-under-way.ts',
      '`sign-in:{${browser}}:${state}`',
      '`sign-in:{}:${state}`',
      "another browser's state is taken",
    ],
  ]),
  ...noticedBy(CALLBACK, 'B8 ', [
    [
      'server/provider/issuer.ts',
      '  if (iss === issuer) return true\n',
      '  if (iss.toLowerCase() === issuer.toLowerCase()) return true\n',
      'iss in other letters counts as the same',
    ],
    [
      'server/sign-in/sign-in.ts',
      'iss === null ? !announced : isIssuer',
      'iss === null ? true : isIssuer',
      'an announced iss may be missing',
    ],
  ]),
  ...noticedBy(CALLBACK, 'B2 ', [
    [
      'server/web/routes/sign-in.ts',
      '    if (begun === null) throw notOurs(config)\n    return begun\n',
      '    return begun ?? { code_verifier: null, issuer: null, next: null, inspects: false } as never\n',
      'a stranger begins a sign-in that ends here',
    ],
  ]),
  ...noticedBy('test/sign-in/same-callback.test.ts', 'A3 ', [
    [
      'server/web/session-user.ts',
      '      await sameCallback.arrived(handedOver)\n',
      '',
      'the old cookie leads to the tokens after the new one has come back',
    ],
    [
      'server/sign-in/same-callback.ts',
      'const LASTS = 60_000',
      'const LASTS = 600_000',
      'the old cookie leads to the tokens for ten minutes',
    ],
  ]),
  ...noticedBy(LOGIN, 'A3 ', [
    [
      'server/web/session-user.ts',
      '  await newSession(req)\n',
      '',
      'a planted session becomes that of the person who signs in',
    ],
  ]),
  ...noticedBy('test/promises/J-session.test.ts', 'J19 the first pasted token', [
    [
      'server/web/routes/tokens.ts',
      'if (!req.user) await signIn(site, req, list)',
      'if (!req.user) { req.session.began = now(); pointer.set(req, list) }',
      'a planted session becomes that of the person who pastes a token',
    ],
  ]),
  ...noticedBy(LOGIN, 'A4 in more', [
    [
      'server/web/routes/sign-in.ts',
      'const UNDER_WAY_AT_MOST = 8',
      'const UNDER_WAY_AT_MOST = 8_000',
      'one browser fills the store',
    ],
  ]),
  ...noticedBy(LOGIN, 'A5 ', [
    [
      'server/web/routes/sign-in.ts',
      '    await saveSession(req)\n',
      '',
      'the redirect is faster than the session that it relies on',
    ],
  ]),
  ...noticedBy(LOGIN, 'A5 ', [
    [
      'server/web/session-user.ts',
      '  await saveSession(req)\n',
      '',
      'a browser comes to its tokens before the session is stored',
    ],
  ]),
  ...noticedBy('test/promises/J-session.test.ts', 'J19 signing out', [
    [
      'server/web/end-session.ts',
      'if (list !== null) await lists.remove(list).catch(() => {})',
      '',
      'tokens stay in the store after the sign-out',
    ],
  ]),
  ...noticedBy('test/promises/J-session.test.ts', 'J19 a list ends', [
    [
      'server/web/session-user.ts',
      'which(req), Math.min(idle, left))',
      'which(req), idle)',
      'tokens stay in the store after the absolute end of their session',
    ],
  ]),
  ...noticedBy('test/promises/J-session.test.ts', 'J19 signing out', [
    [
      'server/web/end-session.ts',
      '  res.setHeader(\'Clear-Site-Data\', \'"cache", "storage"\')\n',
      '',
      'the cache keeps what was shown',
    ],
  ]),
  ...noticedBy(INSPECT, 'is taken only after', [
    [
      'server/web/routes/tokens.ts',
      '    if (!mayPaste(site, req)) return refusePaste(req, res)\n',
      '',
      "a stranger's tokens are sent to the provider",
    ],
  ]),
  ...noticedBy(INSPECT, 'is refused where it says', [
    [
      'server/web/routes/tokens.ts',
      '    refuseOtherSubject(site, req, token)\n',
      '',
      "a person uses another person's token here",
    ],
  ]),
]
