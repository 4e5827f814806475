import { noticedBy } from '../mutant.js'

const MISTAKES = 'test/config/mistakes.test.ts'

export const MUTANTS = [
  ...noticedBy(MISTAKES, '', [
    [
      'server/config/rules.ts',
      "problemIf(shared && baseUrl.startsWith('http:'), {",
      'problemIf(false, {',
      'a shared site sends tokens in the clear',
    ],
    [
      'server/config/rules.ts',
      'problemIf(shared && demo, {',
      'problemIf(false, {',
      'the world signs in at the demo provider',
    ],
    [
      'server/config/rules.ts',
      "shared && /^\\s*http:/i.test(given.get(name) ?? '')",
      'false',
      'a shared site speaks to its provider in the clear',
    ],
    [
      'server/config/rules.ts',
      "problemIf(settings.OAUTH2_PKCE === 'off' && !demo && !given.has('OAUTH2_CLIENT_SECRET'), {",
      'problemIf(false, {',
      'a public client has no protection of its code',
    ],
    [
      'server/config/rules.ts',
      'problemIf(shared && settings.SHOW_CLIENT_SECRET, {',
      'problemIf(false, {',
      'everyone who signs in reads the client secret',
    ],
    [
      'server/config/session-secrets.ts',
      '  if (plain < 0) return null\n',
      '  return null\n',
      'a secret of 32 times a protects a site',
    ],
    [
      'server/config/session-secrets.ts',
      '[...secret].length < SECRET_LENGTH',
      'secret.length === 0',
      'a short secret protects a site',
    ],
    [
      'server/config/trust-proxy.ts',
      '  if (/^true$/i.test(entry) || /\\/0+$/.test(entry)) {',
      '  if (false) {',
      'everyone counts as our proxy',
    ],
    [
      'server/config/urls.ts',
      "  refuseSurplus(value, { 'a query': value.includes('?'), ...neverInUrls(value, url) })\n",
      '',
      'an issuer with a query or a password is taken',
    ],
    [
      'server/config/urls.ts',
      "  if (!/^(\\/\\d*)?$/.test(url.pathname)) throw new Invalid('has a path that is not a database number', cure)\n",
      '',
      'sessions go to another database than the one that was meant',
    ],
  ]),
  ...noticedBy('test/config/start.test.ts', 'J11 ', [
    [
      'server/config/rules.ts',
      "problemIf(shared && environment.NODE_TLS_REJECT_UNAUTHORIZED === '0', {",
      'problemIf(false, {',
      'anyone on the network poses as the provider',
    ],
  ]),
  ...noticedBy('test/config/misspelt.test.ts', '', [
    [
      'server/config/misspelt.ts',
      'const SLIPS_AT_MOST = 2',
      'const SLIPS_AT_MOST = 0',
      'a misspelt setting counts as unset',
    ],
  ]),
  ...noticedBy('test/config/printed-secrets.test.ts', 'J11', [
    [
      'server/config/session-secrets.ts',
      '  if (printed >= 0) return',
      '  if (false) return',
      'a secret that is printed in this repository protects a site',
    ],
  ]),
  ...noticedBy('test/config/misread.test.ts', '', [
    [
      'server/config/written-value.ts',
      "  if (secret && /^[^#\\s]/.test(after)) return { problem: 'is cut short at a #, which begins a comment' }\n",
      '',
      'a secret is cut short in silence',
    ],
  ]),
]
