import { rootCertificates } from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import { ConfigError, formatProblems, loadConfig } from '../../server/config/config.js'
import { shown } from '../../server/config/problem.js'

const SECRET = '0123456789abcdef'.repeat(2)
const PROVIDER = { OAUTH2_ISSUER: 'https://kc.example/realms/r', OAUTH2_CLIENT_ID: 'node-7' }
const SHARED = { ...PROVIDER, BASE_URL: 'https://mint.example', SESSION_SECRET: SECRET }

function readFile(path: string): string {
  if (path === '/empty') return '\n'
  if (path === '/text') return 'hello'
  if (path === '/zero-width') return 'se\u200bcret'
  if (path === '/latin-1') return 'schl\ufffdssel'
  if (path === '/torn.pem') return `${rootCertificates[0]}\n${rootCertificates[1]?.replace(/\n.{20}/, '\n')}`
  throw Object.assign(new Error(path), { code: path === '/folder' ? 'EISDIR' : path === '/root' ? 'EACCES' : 'ENOENT' })
}

function mistakes(env: Record<string, string>, dotenv = '') {
  try {
    loadConfig(env, { readFile, dotenv: { path: '.env', text: dotenv } })
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  return new ConfigError([])
}

describe('a start is refused when', () => {
  /** What is set; the variable that is named; words that the message must contain. */
  const rows: [what: string, env: Record<string, string>, name: string, words: string[]][] = [
    ['PORT is a word', { PORT: 'http' }, 'PORT', ['"http"', '1 to 65535']],
    ['PORT is too large', { PORT: '65536' }, 'PORT', ['"65536"']],
    ['PORT is 0, so that the address could not be known', { PORT: '0' }, 'PORT', ['1 to 65535']],
    ['HOST was set by conda', { HOST: 'x86_64-conda-linux-gnu' }, 'HOST', ['conda', 'unset HOST']],
    ['HOST was set by conda on a Mac', { HOST: 'arm64-apple-darwin20.0.0' }, 'HOST', ['conda', 'unset HOST']],
    ['HOST is a URL', { HOST: 'http://0.0.0.0' }, 'HOST', ['0.0.0.0', 'no scheme']],
    ['HOST has a port', { HOST: '0.0.0.0:3000' }, 'HOST', ['PORT']],
    ['BASE_URL is a name', { BASE_URL: 'mint.example.org' }, 'BASE_URL', ['"mint.example.org"', 'https://']],
    ['BASE_URL is a name and a port', { BASE_URL: 'localhost:3000' }, 'BASE_URL', ['"localhost:3000"', 'http://']],
    [
      'BASE_URL has a path',
      { BASE_URL: 'http://localhost:3000/mint' },
      'BASE_URL',
      ['a path', 'http://localhost:3000'],
    ],
    ['BASE_URL has a query', { BASE_URL: 'http://localhost:3000?a=1' }, 'BASE_URL', ['a query']],
    ['BASE_URL has an empty query', { BASE_URL: 'http://localhost:3000/?' }, 'BASE_URL', ['a query']],
    ['BASE_URL has a fragment', { BASE_URL: 'http://localhost:3000#top' }, 'BASE_URL', ['a fragment']],
    ['BASE_URL has a user', { BASE_URL: 'http://me@localhost:3000' }, 'BASE_URL', ['a user or password']],
    ['BASE_URL is on FTP', { BASE_URL: 'ftp://localhost' }, 'BASE_URL', ['https://']],
    ['a shared site is on http', { ...SHARED, BASE_URL: 'http://mint.example' }, 'BASE_URL', ['https://mint.example']],
    ['a shared site has no session secret', { ...SHARED, SESSION_SECRET: '' }, 'SESSION_SECRET', ['openssl rand']],
    [
      'a shared site has no provider',
      { BASE_URL: 'https://mint.example', SESSION_SECRET: SECRET },
      'OAUTH2_CLIENT_ID',
      ['demo provider'],
    ],
    [
      'a shared site would show the client secret',
      { ...SHARED, SHOW_CLIENT_SECRET: 'true' },
      'SHOW_CLIENT_SECRET',
      ['Unset'],
    ],
    [
      "a shared site's provider is on http",
      { ...SHARED, OAUTH2_ISSUER: 'HTTP://kc.example/realms/r' },
      'OAUTH2_ISSUER',
      ['https'],
    ],
    [
      "a shared site's token endpoint is on http",
      { ...SHARED, OAUTH2_TOKEN_ENDPOINT: 'http://kc.example/token' },
      'OAUTH2_TOKEN_ENDPOINT',
      ['https'],
    ],
    ['the issuer has a query', { ...PROVIDER, OAUTH2_ISSUER: 'https://kc.example/?a=1' }, 'OAUTH2_ISSUER', ['a query']],
    [
      'the issuer has a fragment',
      { ...PROVIDER, OAUTH2_ISSUER: 'https://kc.example/#a' },
      'OAUTH2_ISSUER',
      ['a fragment'],
    ],
    ['the issuer is a path', { ...PROVIDER, OAUTH2_ISSUER: '/realms/r' }, 'OAUTH2_ISSUER', ['https://']],
    ['the issuer lacks a slash', { ...PROVIDER, OAUTH2_ISSUER: 'https:/kc.example/r' }, 'OAUTH2_ISSUER', ['https://']],
    [
      "the issuer is the metadata's address",
      { ...PROVIDER, OAUTH2_ISSUER: 'https://kc.example/r/.well-known/openid-configuration' },
      'OAUTH2_ISSUER',
      ['OAUTH2_DISCOVERY_URL'],
    ],
    [
      'an endpoint has a fragment',
      { ...PROVIDER, OAUTH2_JWKS_URI: 'https://kc.example/certs#' },
      'OAUTH2_JWKS_URI',
      ['a fragment'],
    ],
    [
      'an endpoint is a word',
      { ...PROVIDER, OAUTH2_USERINFO_ENDPOINT: 'userinfo' },
      'OAUTH2_USERINFO_ENDPOINT',
      ['https://'],
    ],
    [
      'a provider has no client',
      { OAUTH2_ISSUER: 'https://kc.example/r' },
      'OAUTH2_CLIENT_ID',
      ['OAUTH2_ISSUER is', 'demo provider'],
    ],
    ['a secret has no client', { OAUTH2_CLIENT_SECRET: 'hush' }, 'OAUTH2_CLIENT_ID', ['OAUTH2_CLIENT_SECRET is']],
    ['a client has no provider', { OAUTH2_CLIENT_ID: 'id' }, 'OAUTH2_ISSUER', ['OAUTH2_TOKEN_ENDPOINT']],
    [
      'the token endpoint is missing',
      { OAUTH2_CLIENT_ID: 'id', OAUTH2_AUTHORIZATION_ENDPOINT: 'https://p.example/a' },
      'OAUTH2_TOKEN_ENDPOINT',
      ['OAUTH2_ISSUER'],
    ],
    [
      'the authorization endpoint is missing',
      { OAUTH2_CLIENT_ID: 'id', OAUTH2_TOKEN_ENDPOINT: 'https://p.example/t' },
      'OAUTH2_AUTHORIZATION_ENDPOINT',
      ['OAUTH2_ISSUER'],
    ],
    [
      'metadata has no issuer to be checked against',
      { OAUTH2_CLIENT_ID: 'id', OAUTH2_DISCOVERY_URL: 'https://p.example/d' },
      'OAUTH2_ISSUER',
      ['OAUTH2_DISCOVERY_URL'],
    ],
    ['a scope is in quotes', { OAUTH2_SCOPE: '"openid"' }, 'OAUTH2_SCOPE', ['quotes']],
    ['a scope holds a backslash', { OAUTH2_SCOPE: 'a\\b' }, 'OAUTH2_SCOPE', ['no scope can have', 'space']],
    ['a scope holds a letter beyond ASCII', { OAUTH2_SCOPE: 'öffnen' }, 'OAUTH2_SCOPE', ['"ö"']],
    [
      'the auth method is unknown',
      { OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD: 'basic' },
      'OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD',
      ['client_secret_basic_raw', 'client_secret_post'],
    ],
    [
      'the auth method needs a secret',
      { ...PROVIDER, OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD: 'client_secret_post' },
      'OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD',
      ['OAUTH2_CLIENT_SECRET is not set'],
    ],
    [
      'the auth method would leave the secret unused',
      { ...PROVIDER, OAUTH2_CLIENT_SECRET: 'hush', OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD: 'none' },
      'OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD',
      ['OAUTH2_CLIENT_SECRET is set'],
    ],
    [
      "the auth method doesn't fit the demo's client",
      { OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD: 'none' },
      'OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD',
      ['demo'],
    ],
    ...[
      'response_type=token',
      'response_mode=form_post',
      'client_id=x',
      'client_secret=x',
      'redirect_uri=x',
      'scope=x',
      'state=x',
      'code_challenge=x',
      'code_challenge_method=plain',
    ].map((param): [string, Record<string, string>, string, string[]] => {
      const [name = ''] = param.split('=')
      return [
        `authorization parameters hold ${name}`,
        { OAUTH2_AUTHORIZATION_PARAMS: `a=b&${param}` },
        'OAUTH2_AUTHORIZATION_PARAMS',
        [name],
      ]
    }),
    [
      'an authorization parameter comes twice',
      { OAUTH2_AUTHORIZATION_PARAMS: 'prompt=login&prompt=consent' },
      'OAUTH2_AUTHORIZATION_PARAMS',
      ['"prompt" twice'],
    ],
    [
      'authorization parameters are no query',
      { OAUTH2_AUTHORIZATION_PARAMS: 'offline' },
      'OAUTH2_AUTHORIZATION_PARAMS',
      ['NAME=VALUE'],
    ],
    [
      'authorization parameters are encoded wrongly',
      { OAUTH2_AUTHORIZATION_PARAMS: 'a=100%' },
      'OAUTH2_AUTHORIZATION_PARAMS',
      ['%25'],
    ],
    ["the CA file isn't there", { OAUTH2_CA_FILE: '/nowhere.pem' }, 'OAUTH2_CA_FILE', ['/nowhere.pem', "isn't there"]],
    ['the CA file is a folder', { OAUTH2_CA_FILE: '/folder' }, 'OAUTH2_CA_FILE', ['is a folder']],
    [
      'the CA file contains no certificate',
      { OAUTH2_CA_FILE: '/text' },
      'OAUTH2_CA_FILE',
      ['BEGIN CERTIFICATE', 'openssl x509'],
    ],
    ['a certificate of the CA file is torn', { OAUTH2_CA_FILE: '/torn.pem' }, 'OAUTH2_CA_FILE', ['certificate 2 of 2']],
    [
      'the client secret is set twice over',
      { ...PROVIDER, OAUTH2_CLIENT_SECRET: 'a', OAUTH2_CLIENT_SECRET_FILE: '/text' },
      'OAUTH2_CLIENT_SECRET',
      ['OAUTH2_CLIENT_SECRET_FILE', 'both'],
    ],
    [
      "the client secret's file isn't there",
      { ...PROVIDER, OAUTH2_CLIENT_SECRET_FILE: '/nowhere' },
      'OAUTH2_CLIENT_SECRET_FILE',
      ["isn't there"],
    ],
    [
      "the client secret's file may not be read",
      { ...PROVIDER, OAUTH2_CLIENT_SECRET_FILE: '/root' },
      'OAUTH2_CLIENT_SECRET_FILE',
      ['may not read'],
    ],
    [
      "the client secret's file is empty",
      { ...PROVIDER, OAUTH2_CLIENT_SECRET_FILE: '/empty' },
      'OAUTH2_CLIENT_SECRET_FILE',
      ['empty'],
    ],
    [
      "the session secret's file holds a short one",
      { SESSION_SECRET_FILE: '/text' },
      'SESSION_SECRET_FILE',
      ['32 characters'],
    ],
    [
      'a client secret has quotes that Docker kept',
      { ...PROVIDER, OAUTH2_CLIENT_SECRET: '"hush"' },
      'OAUTH2_CLIENT_SECRET',
      ['--env-file', 'OAUTH2_CLIENT_SECRET_FILE'],
    ],
    [
      'a client secret has a Windows line end',
      { ...PROVIDER, OAUTH2_CLIENT_SECRET: 'hush\r' },
      'OAUTH2_CLIENT_SECRET',
      ['\\u{d}', 'Windows'],
    ],
    [
      'the session secret is short',
      { SESSION_SECRET: 'y'.repeat(31) },
      'SESSION_SECRET',
      ['32 characters', 'openssl rand'],
    ],
    ['one of the session secrets is short', { SESSION_SECRET: `${SECRET},` }, 'SESSION_SECRET', ['place 2 of 2']],
    [
      'Redis is named by host alone',
      { REDIS_URL: 'localhost:6379', SESSION_SECRET: SECRET },
      'REDIS_URL',
      ['redis://'],
    ],
    [
      'Redis is named by a path',
      { REDIS_URL: 'redis:///var/run/redis.sock', SESSION_SECRET: SECRET },
      'REDIS_URL',
      ['redis://'],
    ],
    [
      "Redis' database is a word",
      { REDIS_URL: 'redis://localhost/mint', SESSION_SECRET: SECRET },
      'REDIS_URL',
      ['database number'],
    ],
    [
      'Redis has no session secret beside it',
      { REDIS_URL: 'redis://localhost' },
      'SESSION_SECRET',
      ['REDIS_URL is set', 'openssl rand'],
    ],
    ['all proxies are trusted', { TRUST_PROXY: 'true' }, 'TRUST_PROXY', ['everyone', '10.0.0.0/8']],
    ['all proxies are trusted by a network', { TRUST_PROXY: '0.0.0.0/0' }, 'TRUST_PROXY', ['everyone']],
    ['all proxies are trusted by an IPv6 network', { TRUST_PROXY: 'loopback,::/0' }, 'TRUST_PROXY', ['everyone']],
    ['proxies are counted', { TRUST_PROXY: '1' }, 'TRUST_PROXY', ['hops']],
    ['a proxy is a name', { TRUST_PROXY: 'proxy.example' }, 'TRUST_PROXY', ['neither an address nor a network']],
    [
      "a proxy's network is too narrow to exist",
      { TRUST_PROXY: '10.0.0.0/33' },
      'TRUST_PROXY',
      ['neither an address nor a network'],
    ],
    [
      'showing the secret is neither true nor false',
      { SHOW_CLIENT_SECRET: 'yes' },
      'SHOW_CLIENT_SECRET',
      ['true, false'],
    ],
    ['the log level is unknown', { LOG_LEVEL: 'verbose' }, 'LOG_LEVEL', ['"verbose"', 'silent']],
    [
      'the provider would be reached through a proxy of another kind',
      { ...PROVIDER, https_proxy: 'ftp://proxy.example' },
      'https_proxy',
      ['OAUTH2_ISSUER', 'http://HOST:PORT'],
    ],
    ...['socks5://p:1080', 'socks5h://p:1080', 'socks4://p:1080', 'socks://p'].map(
      (proxy): [string, Record<string, string>, string, string[]] => [
        `the provider would be reached through ${proxy}`,
        { ...PROVIDER, HTTPS_PROXY: proxy },
        'HTTPS_PROXY',
        ['OAUTH2_ISSUER', 'http://HOST:PORT or https://HOST:PORT', 'NO_PROXY'],
      ],
    ),
    [
      'one endpoint would be reached through SOCKS',
      {
        ...PROVIDER,
        OAUTH2_TOKEN_ENDPOINT: 'http://kc.example/token',
        OAUTH2_ISSUER: 'http://localhost:8080/r',
        HTTP_PROXY: 'socks5://p:1080',
      },
      'HTTP_PROXY',
      ['OAUTH2_TOKEN_ENDPOINT'],
    ],
    [
      'NO_PROXY names another port of the provider',
      { ...PROVIDER, HTTPS_PROXY: 'socks5://p:1080', NO_PROXY: 'kc.example:8443' },
      'HTTPS_PROXY',
      ['OAUTH2_ISSUER'],
    ],
    [
      'PKCE is off for a public client',
      { ...PROVIDER, OAUTH2_PKCE: 'off' },
      'OAUTH2_PKCE',
      ['OAUTH2_CLIENT_SECRET is not set', 'unset OAUTH2_PKCE'],
    ],
    ['PKCE has another method', { OAUTH2_PKCE: 'plain' }, 'OAUTH2_PKCE', ['S256, off']],
    [
      "J11 a shared site's session secret has one character",
      { ...SHARED, SESSION_SECRET: 'a'.repeat(32) },
      'SESSION_SECRET',
      ['easy to guess', 'openssl rand'],
    ],
    [
      "J11 a shared site's session secret has nine characters",
      { ...SHARED, SESSION_SECRET: '012345678'.repeat(4) },
      'SESSION_SECRET',
      ['fewer than 10 different characters'],
    ],
    [
      "J11 a shared site's older session secret is weak",
      { ...SHARED, SESSION_SECRET: `${SECRET},${'ab'.repeat(16)}` },
      'SESSION_SECRET',
      ['place 2 of 2'],
    ],
    [
      'J11 a shared site would take any certificate for the provider',
      { ...SHARED, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      'NODE_TLS_REJECT_UNAUTHORIZED',
      ['OAUTH2_CA_FILE'],
    ],
    [
      'a client secret holds a zero-width space, as a copy from a web page may',
      { ...PROVIDER, OAUTH2_CLIENT_SECRET: 'hu\u200bsh' },
      'OAUTH2_CLIENT_SECRET',
      ['\\u{200b}', 'zero-width space', 'character 3'],
    ],
    [
      "a client secret's file holds one",
      { ...PROVIDER, OAUTH2_CLIENT_SECRET_FILE: '/zero-width' },
      'OAUTH2_CLIENT_SECRET_FILE',
      ['zero-width space'],
    ],
    [
      "a client secret's file is in Latin-1",
      { ...PROVIDER, OAUTH2_CLIENT_SECRET_FILE: '/latin-1' },
      'OAUTH2_CLIENT_SECRET_FILE',
      ['UTF-8'],
    ],
    [
      'a client secret is in Latin-1',
      { ...PROVIDER, OAUTH2_CLIENT_SECRET: 'schl\ufffdssel' },
      'OAUTH2_CLIENT_SECRET',
      ['UTF-8'],
    ],
    [
      'a client secret ends in half a character',
      { ...PROVIDER, OAUTH2_CLIENT_SECRET: 'hush\ud83d' },
      'OAUTH2_CLIENT_SECRET',
      ['cut off'],
    ],
    ...[
      ['a byte order mark', '\ufeff'],
      ['a soft hyphen', '\u00ad'],
      ['a no-break space', '\u00a0'],
      ['a right-to-left override', '\u202e'],
      ['a tab', '\t'],
      ['\\u{3164}', '\u3164'],
      ['\\u{2028}', '\u2028'],
    ].map(([named = '', character]): [string, Record<string, string>, string, string[]] => [
      `a client ID holds ${named}`,
      { ...PROVIDER, OAUTH2_CLIENT_ID: `node${character}7` },
      'OAUTH2_CLIENT_ID',
      [named, 'character 5'],
    ]),
    [
      'a client ID ends in a no-break space',
      { ...PROVIDER, OAUTH2_CLIENT_ID: 'node-7\u00a0' },
      'OAUTH2_CLIENT_ID',
      ['no-break space'],
    ],
  ]

  it.each(rows)('%s', (_what, env, name, words) => {
    const error = mistakes(env)
    expect(error.problems.map((problem) => problem.name)).toEqual([name])
    const told = formatProblems(error)
    for (const word of words) expect(told).toContain(word)
  })
})

describe('H1, H2: a start with many mistakes', () => {
  const env = {
    PORT: 'x',
    BASE_URL: 'http://me:hush-hush@mint.example/app',
    OAUTH2_ISSUER: 'http://me:hush-hush@kc.example/r?token=1',
    OAUTH2_CLIENT_SECRTE: 'hush-hush',
    OAUTH2_CLIENT_SECRET_FILE: 'hush-hush',
    REDIS_URL: 'http://me:hush-hush@redis.example',
    http_proxy: 'ftp://me:hush-hush@proxy.example',
    SHOW_CLIENT_SECRET: 'true',
  }
  const error = mistakes(env)

  it('names all of them at once', () => {
    const told = error.problems.map(({ name, problem }) => `${name} ${problem.split(':')[0]}`)
    expect(told).toEqual([
      'OAUTH2_ISSUER has a query and a user or password',
      "OAUTH2_CLIENT_SECRET_FILE names a file that isn't there",
      'PORT is not a port number',
      'BASE_URL has a path and a user or password',
      'REDIS_URL is not a URL that starts with redis',
      'BASE_URL is on http and not on this machine',
      'SESSION_SECRET is not set, and BASE_URL is not on this machine and REDIS_URL is set',
      'OAUTH2_CLIENT_ID is not set, and OAUTH2_CLIENT_SECRET, OAUTH2_ISSUER are',
      'OAUTH2_ISSUER is on http, and BASE_URL is not on this machine',
      'http_proxy is not a proxy that this app can use, and OAUTH2_ISSUER would be reached through it',
      'SHOW_CLIENT_SECRET is true, and BASE_URL is not on this machine',
      'OAUTH2_CLIENT_SECRTE is not a setting, but OAUTH2_CLIENT_SECRET is',
    ])
  })

  it('says the cure of each', () => {
    for (const { cure } of error.problems) expect(cure.length).toBeGreaterThan(5)
  })

  it('shows no secret, neither in the message nor in the error', () => {
    expect(formatProblems(error) + error.message + error.stack).not.toContain('hush-hush')
  })
})

describe('a value that is shown', () => {
  it('can not move the cursor, and is cut', () => {
    const told = shown(`\u202e\u2028${'x'.repeat(1000)}`)
    expect(told).toContain('\\u{202e}\\u{2028}xxx')
    expect(told.length).toBeLessThan(100)
    const controls = formatProblems(mistakes({ LOG_LEVEL: '\u001b[2J\u0007' }))
    expect(controls).not.toMatch(/[^\P{Cc}\n]/u)
  })
})
