import { noticedBy } from '../mutant.js'

const ENDPOINT = 'test/promises/C-token-endpoint.test.ts'
const METADATA = 'test/provider/metadata.test.ts'
const KEYS = 'test/provider/key-set.test.ts'
const HTTP = 'test/provider/http.test.ts'

export const MUTANTS = [
  ...noticedBy(METADATA, 'on plain http when the issuer', [
    [
      'server/provider/endpoints.ts',
      "if (issuer !== null && /^https:/i.test(issuer) && url.protocol === 'http:') {",
      "if (name === 'token_endpoint' && issuer !== null && /^https:/i.test(issuer) && url.protocol === 'http:') {",
      'tokens and secrets cross the network in the clear',
    ],
  ]),
  ...noticedBy(METADATA, 'the spelling of the issuer that differs', [
    [
      'server/provider/issuer.ts',
      "  if (typeof template !== 'string') return false\n  if (template === issuer) return true\n",
      "  if (typeof template !== 'string') return false\n  if (template.replace(/\\/$/, '') === issuer.replace(/\\/$/, '')) return true\n",
      'the metadata of another issuer is used',
    ],
  ]),
  ...noticedBy(METADATA, 'stands for', [
    [
      'server/provider/issuer.ts',
      '  if (!named || !found || named[1] !== found[1]) return false\n',
      '  if (!named || !found) return false\n',
      "a placeholder in the host makes another host's metadata right",
    ],
  ]),
  ...noticedBy(METADATA, 'refuses|control|is not used|is a remark', [
    [
      'server/provider/endpoints.ts',
      "  if (/[\\u0000-\\u001f\\u007f]/.test(value)) return 'has control characters'\n",
      '',
      'an endpoint breaks out of the curl command',
    ],
  ]),
  ...noticedBy(KEYS, 'added later, for an unknown kid', [
    [
      'server/provider/key-set.ts',
      "const CHANGED = ['ERR_JWKS_NO_MATCHING_KEY', ",
      'const CHANGED = [',
      'a token that is signed with a new key counts as not checked',
    ],
  ]),
  ...noticedBy(KEYS, 'at most once in 30 seconds', [
    [
      'server/provider/key-set.ts',
      ' && performance.now() - fetchedAgain > COOLDOWN',
      '',
      'wrong signatures make us ask for keys without end',
    ],
  ]),
  ...noticedBy(KEYS, 'not signed', [
    [
      'server/provider/key-set.ts',
      "  if (/^none$/i.test(name)) return invalid('It is not signed (alg: none), so anyone could have written it.')\n",
      '',
      'an unsigned token counts as one that nobody can check',
    ],
  ]),
  ...noticedBy(ENDPOINT, 'C3 ', [
    [
      'server/provider/exchange.ts',
      'if (size <= limit) return void chunks.push(chunk)',
      'if (size <= 1e12) return void chunks.push(chunk)',
      'an answer fills the memory',
    ],
  ]),
  ...noticedBy(HTTP, 'takes no redirect', [
    [
      'server/provider/http.ts',
      "if (!isRedirect || redirects === 'return')",
      'if (true)',
      'the body of a redirect is believed',
    ],
  ]),
  ...noticedBy(ENDPOINT, 'C11 ', [
    [
      'server/provider/token-answer.ts',
      "typeof value === 'string' && value.length <= TOKEN_LIMIT && TOKEN.test(value)",
      "typeof value === 'string' && value.length <= TOKEN_LIMIT",
      'what can be no token breaks headers and files',
    ],
  ]),
  ...noticedBy(ENDPOINT, 'C13 ', [
    [
      'server/provider/client-authentication.ts',
      'basicRaw(formEncoded(clientId), formEncoded(clientSecret))',
      'basicRaw(clientId, clientSecret)',
      'a secret with special characters is refused',
    ],
  ]),
  ...noticedBy(ENDPOINT, 'C8 |C4 ', [
    [
      'server/provider/token-answer.ts',
      '  if (refresh_token === null && access_token === null) return null\n',
      '',
      'a refusal with status 200 counts as a success',
    ],
  ]),
  ...noticedBy(HTTP, 'names the other origin', [
    [
      'server/provider/http.ts',
      'target?.origin === new URL(at).origin',
      'target !== null',
      'the set-up check reads pages inside our network',
    ],
  ]),
  ...noticedBy(HTTP, 'stops after five', [
    [
      'server/provider/http.ts',
      '    if (hop === REDIRECTS_AT_MOST) throw new BadAnswer(`redirects more than ${REDIRECTS_AT_MOST} times`)\n',
      '    if (hop === 500) throw new BadAnswer("too many")\n',
      'redirects lead us on and on',
    ],
  ]),
  ...noticedBy(HTTP, 'gives up on', [
    [
      'server/provider/exchange.ts',
      'if (interim.length > INTERIM_AT_MOST) fail(nothingAfter(interim))',
      '',
      'answers before the answer hold a request until its deadline',
    ],
  ]),
  ...noticedBy(HTTP, 'ends what is under way', [
    ['server/provider/http.ts', '    if (closed) throw ending(url)\n', '', 'a process that ends begins new requests'],
  ]),
  ...noticedBy('test/kept/refusals.test.ts', 'never quotes what was sent', [
    [
      'server/provider/words.ts',
      'cut(withoutSent(text, sent)).trim()',
      'cut(text).trim()',
      'a provider that repeats what was sent puts a token on a page',
    ],
  ]),
  ...noticedBy('test/kept/auth-method.test.ts', 'is not decided by', [
    [
      'server/provider/auth-method.ts',
      "if (ours === 'token' && control === 'client') return accept(method)",
      "if (ours === 'token') return accept(method)",
      'an endpoint that takes any secret counts as one that takes ours',
    ],
  ]),
]
