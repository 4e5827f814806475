import { noticedBy } from '../mutant.js'

const BROWSER = 'test/promises/F-browser.test.ts'
const LIMITS = 'test/promises/J-limits.test.ts'
const ELSEWHERE = 'test/token-list/elsewhere.test.ts'

export const MUTANTS = [
  ...noticedBy(BROWSER, 'F1 ', [
    [
      'server/web/from-elsewhere.ts',
      "return site === undefined ? headers.origin === baseUrl : site === 'same-origin'",
      'return site === undefined || site === "same-origin" || headers.origin === baseUrl',
      'another site sends our forms',
    ],
  ]),
  ...noticedBy(BROWSER, 'F2 ', [
    [
      'server/web/routes/profile.ts',
      ".all(methodNotAllowed('GET'))",
      '',
      'a wrong method is not told which one there is',
    ],
  ]),
  ...noticedBy(BROWSER, 'F3 a request', [
    [
      'server/web/guards.ts',
      'const known = sent === 1 && hosts',
      'const known = hosts',
      'a second Host header goes past the check of the first',
    ],
    [
      'server/web/guards.ts',
      " && req.url.startsWith('/')",
      '',
      'a whole address in the first line stands for another host',
    ],
  ]),
  ...noticedBy(BROWSER, 'F6 every', [
    ['server/web/security-headers.ts', `"frame-ancestors 'none'",`, '', 'another site puts our page into a frame'],
    ['server/web/security-headers.ts', "['Cache-Control', 'no-store'],", '', 'the browser keeps pages with tokens'],
    ['server/web/security-headers.ts', "['X-Content-Type-Options', 'nosniff'],", '', 'a download is run as a script'],
  ]),
  ...noticedBy('test/promises/J-browser.test.ts', 'J6 ', [
    [
      'server/web/security-headers.ts',
      "['Referrer-Policy', 'same-origin'],",
      "['Referrer-Policy', 'no-referrer'],",
      'forms fail in a browser without Fetch Metadata',
    ],
  ]),
  ...noticedBy(ELSEWHERE, 'begins no sign-in', [
    [
      'server/web/from-elsewhere.ts',
      'if (!fromElsewhere(req)) return next()\n    sendPage',
      'return next()\n    sendPage',
      "another site's link mints a token",
    ],
    [
      'server/web/from-elsewhere.ts',
      "if (destination !== 'document') return next(crossSite())",
      '',
      'an image on another site mints a token',
    ],
  ]),
  ...noticedBy(ELSEWHERE, 'gets nothing below', [
    [
      'server/web/from-elsewhere.ts',
      "    if (path.startsWith('/profile/')) return next(fromElsewhere(req) ? crossSite() : undefined)\n",
      '',
      "another site's page makes the browser download a config",
    ],
  ]),
  ...noticedBy(ELSEWHERE, 'by HEAD', [
    [
      'server/web/from-elsewhere.ts',
      "    if (req.method === 'HEAD' && NOT_BY_HEAD.test(path)) return refuseHead(req, res, next)\n",
      '',
      'a HEAD records a download',
    ],
  ]),
  ...noticedBy(LIMITS, 'J12 the port', [
    [
      'server/web/forwarded-for.ts',
      'withoutPort(entry.trim())',
      'entry.trim()',
      'a new port is a new visitor to the limits',
    ],
  ]),
  ...noticedBy(LIMITS, 'J12 only the listed', [
    [
      'server/web/forwarded-for.ts',
      '    unseen.delete(proxy)\n',
      '',
      'a client in the network of the proxies makes up its address',
    ],
    ['server/web/forwarded-for.ts', ' || isIP(before) === 0', '', 'what is no address counts as one'],
  ]),
  ...noticedBy('test/shared-site/sessions.test.ts', 'E3 ', [
    [
      'server/web/forwarded-for.ts',
      'hop === 0 && proxies.some((isProxy) => isProxy(address))',
      'hop === 0',
      'anyone says that a request came over HTTPS',
    ],
  ]),
  ...noticedBy(LIMITS, 'J12 what another site', [
    [
      'server/web/rate-limits.ts',
      '(judged[limit.method], limiter(limit, key, store))',
      '(limiter(limit, key, store))',
      "another site uses up a visitor's requests",
    ],
  ]),
  ...noticedBy(LIMITS, 'J12 a site that others', [
    [
      'server/web/rate-limits.ts',
      'config.guarded ? limits : []',
      'config.shared ? limits : []',
      'the image has no limits',
    ],
  ]),
  ...noticedBy(LIMITS, 'J12 each limit', [
    [
      'server/web/rate-limits.ts',
      "  { method: 'post', path: '/auth/revoke', perMinute: 20 },\n",
      '',
      'revocations have no limit',
    ],
  ]),
  ...noticedBy(LIMITS, 'tells strangers no reasons', [
    [
      'server/web/routes/probes.ts',
      'reasons: shared ? [] : reasons',
      'reasons',
      'a stranger reads what is wrong inside',
    ],
    [
      'server/web/request-log.ts',
      '...(res.locals.code !== undefined && { code: res.locals.code }),',
      '',
      'the log does not say why a request was refused',
    ],
  ]),
  ...noticedBy('test/promises/J-others-text.test.ts', 'J1 ', [
    [
      'server/pages/bounded.ts',
      'boundedJson(value, JSON_AT_MOST)',
      'boundedJson(value)',
      'claims make a page of many megabytes',
    ],
    ['server/tokens/who.ts', '    if (space.left <= 0) return [...names, MORE]\n', '', 'roles make a large page'],
    [
      'server/pages/bounded.ts',
      'piece.secret && piece.text.length > REPEATED_AT_MOST',
      'false',
      'a long token is written on the page many times',
    ],
    [
      'server/provider/token-answer.ts',
      'value.length > SCOPE_LIMIT',
      'false',
      'a scope of a megabyte is stored and shown',
    ],
  ]),
  ...noticedBy('test/promises/G-export-and-log.test.ts', 'G5 ', [
    [
      'server/web/error-handler.ts',
      'if (res.headersSent) return void res.destroy()',
      '',
      'half an answer looks like a whole one',
    ],
    [
      'server/web/error-handler.ts',
      'at: places(cause?.stack)',
      'at: cause?.stack',
      'a message with a secret is logged',
    ],
  ]),
  ...noticedBy('test/promises/G-export-and-log.test.ts', 'G3 ', [
    [
      'server/web/request-log.ts',
      "req.originalUrl.split('?', 1)[0]?.slice(0, 200) ?? ''",
      'req.originalUrl',
      'the log holds codes',
    ],
  ]),
  ...noticedBy('test/routes.test.ts', '', [
    [
      'server/web/form-fields.ts',
      'if (req.body === undefined && hasBody(req)) {',
      'if (false) {',
      'a body that can not be read counts as an empty one',
    ],
  ]),
  ...noticedBy('test/promises/J-others-text.test.ts', 'J1 a body', [
    [
      'server/web/request-body.ts',
      "express.json({ limit: '160kb' })",
      "express.json({ limit: '160mb' })",
      'a large body fills the process',
    ],
  ]),
  ...noticedBy('test/web/failed-sign-in.test.ts', '', [
    [
      'server/web/routes/sign-in.ts',
      'failed.held(finishSignIn)',
      'finishSignIn',
      'the address of a failed sign-in keeps the code',
    ],
    [
      'server/web/routes/failed-sign-in.ts',
      "const ANSWERED_AT_ONCE = ['invalid_state', ",
      'const ANSWERED_AT_ONCE = [',
      'a person with a terminal has no address to copy',
    ],
  ]),
]
