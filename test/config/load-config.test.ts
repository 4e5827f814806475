import { rootCertificates } from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import { type Config, loadConfig } from '../../server/config/config.js'
import { OPTIONS } from '../../server/config/options.js'

const SECRET = '0123456789abcdef'.repeat(2)
const PROVIDER = { OAUTH2_ISSUER: 'https://kc.example/realms/r', OAUTH2_CLIENT_ID: 'node-7' }
const SHARED = { ...PROVIDER, BASE_URL: 'https://mint.example', SESSION_SECRET: SECRET }
const FILES: Record<string, string> = {
  '/run/secrets/client': 's3cret \n',
  '/run/secrets/session': `${SECRET}\r\n`,
  '/etc/ca.pem': `# two of them\n${rootCertificates[0]}\nand\n${rootCertificates[1]}\n`,
}
const load = (env: Record<string, string>, dotenv?: string) =>
  loadConfig(env, {
    readFile: (path) => FILES[path] ?? '',
    randomSecret: () => 'made up at this start',
    ...(dotenv === undefined ? {} : { dotenv: { path: '/app/.env', text: dotenv } }),
  })

describe('loadConfig with nothing set', () => {
  const config = load({})

  it('serves the demo provider on loopback', () => {
    expect(config).toEqual({
      port: 3000,
      host: null,
      baseUrl: 'http://localhost:3000',
      shared: false,
      guarded: false,
      demo: true,
      oauth2: {
        issuer: 'http://localhost:3000/realms/organicity',
        discoveryUrl: null,
        endpoints: {
          authorization_endpoint: null,
          token_endpoint: null,
          userinfo_endpoint: null,
          introspection_endpoint: null,
          revocation_endpoint: null,
          jwks_uri: null,
          device_authorization_endpoint: null,
        },
        clientId: 'sensor',
        clientSecret: 'sensor-secret',
        scope: null,
        tokenEndpointAuthMethod: 'auto',
        authorizationParams: [],
        pkce: true,
        ca: null,
      },
      sessionSecrets: ['made up at this start'],
      sessionSecretGiven: false,
      redisUrl: null,
      trustProxy: [],
      showClientSecret: true,
      siteContact: null,
      startedAs: 'offline-token-mint',
      logLevel: 'info',
      logFormat: 'json',
      proxy: { http: null, https: null, no: null },
      envFile: { path: '.env', found: false, taken: [], overridden: [] },
    })
  })

  it('has the defaults that the table of options shows', () => {
    expect(String(config.port)).toBe(OPTIONS.PORT.default)
    expect(config.baseUrl).toBe(OPTIONS.BASE_URL.default.slice(1, -1).replace('$PORT', OPTIONS.PORT.default))
    expect(config.oauth2.tokenEndpointAuthMethod).toBe(OPTIONS.OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD.default)
    expect(OPTIONS.LOG_LEVEL.default).toContain(config.logLevel)
    expect(OPTIONS.OAUTH2_PKCE.default).toBe('S256')
  })

  it('makes up another session secret at each start, long enough for the rule', () => {
    const [first = ''] = loadConfig({}).sessionSecrets
    expect(first.length).toBeGreaterThanOrEqual(32)
    expect(loadConfig({}).sessionSecrets).not.toContain(first)
  })
})

describe('loadConfig', () => {
  type Row = [what: string, env: Record<string, string>, part: (config: Config) => unknown, expected: unknown]
  const rows: Row[] = [
    ['takes PORT into the default BASE_URL', { PORT: '4000' }, (c) => c.baseUrl, 'http://localhost:4000'],
    ['leaves port 80 out of it, as browsers do', { PORT: '80' }, (c) => c.baseUrl, 'http://localhost'],
    [
      'takes an empty variable for an unset one',
      { PORT: '', HOST: ' ', BASE_URL: '' },
      (c) => [c.port, c.host],
      [3000, null],
    ],
    ['cuts spaces around a value', { PORT: ' 4000 ' }, (c) => c.port, 4000],
    ['takes HOST=localhost for both loopback addresses', { HOST: 'localhost' }, (c) => c.host, null],
    ['takes the brackets off an IPv6 HOST', { HOST: '[::]' }, (c) => c.host, '::'],
    ['takes a name as HOST', { HOST: 'mint-7.internal' }, (c) => c.host, 'mint-7.internal'],
    [
      'drops the slash behind BASE_URL',
      { BASE_URL: 'http://127.0.0.1:3000/' },
      (c) => c.baseUrl,
      'http://127.0.0.1:3000',
    ],
    [
      "knows a demo's issuer by BASE_URL",
      { BASE_URL: 'http://[::1]:5000' },
      (c) => c.oauth2.issuer,
      'http://[::1]:5000/realms/organicity',
    ],
    [
      'keeps the demo when only the scope is set',
      { OAUTH2_SCOPE: 'openid' },
      (c) => [c.demo, c.oauth2.scope],
      [true, 'openid'],
    ],
    ['leaves the demo when a provider is set', PROVIDER, (c) => [c.demo, c.oauth2.clientSecret], [false, null]],
    ['calls a site with a public name shared', SHARED, (c) => [c.shared, c.sessionSecretGiven], [true, true]],
    ['calls 127.0.0.2 this machine', { BASE_URL: 'http://127.0.0.2:3000' }, (c) => c.shared, false],
    ['calls a name below localhost this machine', { BASE_URL: 'http://mint.localhost:3000' }, (c) => c.shared, false],
    ['runs the demo there', { BASE_URL: 'http://mint.localhost:3000' }, (c) => c.demo, true],
    ['takes HOST=mint.localhost for loopback', { HOST: 'mint.localhost' }, (c) => c.host, null],
    [
      'does not take localhost.example for this machine',
      { ...SHARED, BASE_URL: 'https://localhost.example' },
      (c) => c.shared,
      true,
    ],
    ['guards nothing where only this machine can connect', { HOST: '127.0.0.1' }, (c) => c.guarded, false],
    ['guards a site that the network reaches, as the image does', { HOST: '0.0.0.0' }, (c) => c.guarded, true],
    ['guards a shared site behind a proxy on the same machine', SHARED, (c) => c.guarded, true],
    ['uses PKCE', PROVIDER, (c) => c.oauth2.pkce, true],
    ['uses PKCE by name, in any case', { ...PROVIDER, OAUTH2_PKCE: 's256' }, (c) => c.oauth2.pkce, true],
    [
      'leaves PKCE out when it is off',
      { ...PROVIDER, OAUTH2_CLIENT_SECRET: 'hush', OAUTH2_PKCE: 'off' },
      (c) => c.oauth2.pkce,
      false,
    ],
    [
      "leaves PKCE out for the demo's client, which has a secret",
      { OAUTH2_PKCE: 'off' },
      (c) => [c.demo, c.oauth2.pkce],
      [true, false],
    ],
    [
      'takes the device authorization endpoint',
      { ...PROVIDER, OAUTH2_DEVICE_AUTHORIZATION_ENDPOINT: 'https://kc.example/device' },
      (c) => c.oauth2.endpoints.device_authorization_endpoint,
      'https://kc.example/device',
    ],
    [
      'keeps the contact as it is written',
      { SITE_CONTACT: ' Zoë, room 3 <zoe@lab.example> ' },
      (c) => c.siteContact,
      'Zoë, room 3 <zoe@lab.example>',
    ],
    [
      'drops a SOCKS proxy with the demo provider',
      { HTTPS_PROXY: 'socks5://localhost:1080' },
      (c) => c.proxy.https,
      null,
    ],
    [
      'drops a SOCKS proxy where NO_PROXY names the provider',
      { ...PROVIDER, HTTPS_PROXY: 'socks5://s:1080', NO_PROXY: '.example' },
      (c) => c.proxy.https,
      null,
    ],
    [
      'drops a SOCKS proxy for a scheme that the provider does not use',
      { ...PROVIDER, HTTP_PROXY: 'socks5h://s:1080' },
      (c) => c.proxy.http,
      null,
    ],
    [
      'drops a SOCKS proxy for a provider on this machine',
      { ...PROVIDER, OAUTH2_ISSUER: 'http://localhost:8080/realms/r', HTTP_PROXY: 'socks4://s:1080' },
      (c) => c.proxy.http,
      null,
    ],
    ['shows the client secret on this machine', PROVIDER, (c) => c.showClientSecret, true],
    ['hides it where the network can reach it', { HOST: '0.0.0.0' }, (c) => c.showClientSecret, false],
    [
      'shows it there with SHOW_CLIENT_SECRET=true',
      { HOST: '0.0.0.0', SHOW_CLIENT_SECRET: 'true' },
      (c) => c.showClientSecret,
      true,
    ],
    ['hides it with SHOW_CLIENT_SECRET=false', { SHOW_CLIENT_SECRET: 'false' }, (c) => c.showClientSecret, false],
    ['hides it on a shared site', SHARED, (c) => c.showClientSecret, false],
    [
      'keeps the issuer exactly as written',
      { ...PROVIDER, OAUTH2_ISSUER: 'https://KC.example/r/' },
      (c) => c.oauth2.issuer,
      'https://KC.example/r/',
    ],
    ['joins scopes by one space', { OAUTH2_SCOPE: 'openid   read,write' }, (c) => c.oauth2.scope, 'openid read,write'],
    [
      'reads a client secret with all its spaces and signs',
      { ...PROVIDER, OAUTH2_CLIENT_SECRET: ' a+b/c%d:e é &=?' },
      (c) => c.oauth2.clientSecret,
      ' a+b/c%d:e é &=?',
    ],
    [
      'reads a client secret from a file, without the last line end',
      { ...PROVIDER, OAUTH2_CLIENT_SECRET_FILE: '/run/secrets/client' },
      (c) => c.oauth2.clientSecret,
      's3cret ',
    ],
    [
      'reads the session secret from a file',
      { SESSION_SECRET_FILE: '/run/secrets/session' },
      (c) => c.sessionSecrets,
      [SECRET],
    ],
    [
      'splits session secrets at commas',
      { SESSION_SECRET: `${SECRET}, ${SECRET}x` },
      (c) => c.sessionSecrets,
      [SECRET, `${SECRET}x`],
    ],
    [
      'keeps authorization parameters in order',
      { OAUTH2_AUTHORIZATION_PARAMS: '?prompt=consent&audience=a%20b&resource=x&resource=y' },
      (c) => c.oauth2.authorizationParams,
      [
        ['prompt', 'consent'],
        ['audience', 'a b'],
        ['resource', 'x'],
        ['resource', 'y'],
      ],
    ],
    [
      'keeps the certificates of a CA file alone',
      { OAUTH2_CA_FILE: '/etc/ca.pem' },
      (c) => c.oauth2.ca,
      `${rootCertificates[0]}\n${rootCertificates[1]}`,
    ],
    [
      "takes proxies in front as Express's names, addresses and networks",
      { TRUST_PROXY: 'loopback, 10.0.0.0/8,fd00::/8,192.0.2.1' },
      (c) => c.trustProxy,
      ['loopback', '10.0.0.0/8', 'fd00::/8', '192.0.2.1'],
    ],
    ['takes TRUST_PROXY=off for none', { TRUST_PROXY: 'off' }, (c) => c.trustProxy, []],
    [
      'takes Redis over TLS with user, password and database',
      { REDIS_URL: 'rediss://u:p@r.example:6380/2', SESSION_SECRET: SECRET },
      (c) => c.redisUrl,
      'rediss://u:p@r.example:6380/2',
    ],
    ['reads a log level in capitals', { LOG_LEVEL: 'DEBUG' }, (c) => c.logLevel, 'debug'],
    [
      'prefers the lower-case proxy, as curl does',
      { https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:2' },
      (c) => c.proxy.https,
      'http://a:1/',
    ],
    [
      'takes a proxy without a scheme, as curl does',
      { HTTP_PROXY: 'proxy.example:3128' },
      (c) => c.proxy.http,
      'http://proxy.example:3128/',
    ],
    ['takes the hosts that need no proxy', { no_proxy: 'localhost,.example' }, (c) => c.proxy.no, 'localhost,.example'],
  ]
  it.each(rows)('%s', (_what, env, part, expected) => {
    expect(part(load(env))).toEqual(expected)
  })

  it('takes endpoints instead of an issuer', () => {
    const { oauth2 } = load({
      OAUTH2_CLIENT_ID: 'id',
      OAUTH2_AUTHORIZATION_ENDPOINT: 'https://p.example/authorize?tenant=7',
      OAUTH2_TOKEN_ENDPOINT: 'https://p.example/token',
    })
    expect(oauth2.issuer).toBeNull()
    expect(oauth2.endpoints.authorization_endpoint).toBe('https://p.example/authorize?tenant=7')
    expect(oauth2.endpoints.token_endpoint).toBe('https://p.example/token')
  })
})

describe('loadConfig on a terminal', () => {
  it('writes lines for people, and only warnings', () => {
    const { logLevel, logFormat } = loadConfig({}, { terminal: true })
    expect([logLevel, logFormat]).toEqual(['warn', 'lines'])
  })

  it('writes as much as LOG_LEVEL says', () => {
    expect(loadConfig({ LOG_LEVEL: 'info' }, { terminal: true }).logLevel).toBe('info')
  })

  it('writes JSON for a shared site all the same', () => {
    const { logLevel, logFormat } = loadConfig(SHARED, { terminal: true })
    expect([logLevel, logFormat]).toEqual(['info', 'json'])
  })
})

describe('loadConfig with a .env file', () => {
  it('takes from it what the environment leaves unset or empty', () => {
    const { port, logLevel } = load({ PORT: '', LOG_LEVEL: 'warn' }, "PORT=4000\nLOG_LEVEL=debug\nHOST='  '\n")
    expect([port, logLevel]).toEqual([4000, 'warn'])
  })

  it('reads quoted values whole', () => {
    const secret = load(PROVIDER, "OAUTH2_CLIENT_SECRET='abc#def' # ours\n").oauth2.clientSecret
    expect(secret).toBe('abc#def')
  })

  it('says which settings come from the file, and which the environment overrides', () => {
    const { envFile } = load(
      { PORT: '3001' },
      'PORT=4000\nOAUTH2_SCOPE=openid\nHOST=\nNODE_ENV=test\nhttps_proxy=http://p\n',
    )
    expect(envFile).toEqual({
      path: '/app/.env',
      found: true,
      taken: ['OAUTH2_SCOPE', 'https_proxy'],
      overridden: ['PORT'],
    })
  })
})
