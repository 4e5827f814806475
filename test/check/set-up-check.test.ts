import { afterEach, describe, expect, it } from '@jest/globals'
import {
  type Asked,
  authorize,
  byHand,
  CLIENT,
  type FakeProvider,
  type Handler,
  json,
  metadataOf,
  page,
  SIGN_IN_PAGE,
  startFakeProvider,
} from './fake-provider.js'
import { type Ran, runCheck } from './run-check.js'

let provider: FakeProvider
afterEach(() => provider.close())

/** Checks a provider with these handlers; its settings by discovery unless `settings` says otherwise. */
async function check(
  handlers: Record<string, Handler> = {},
  settings: (provider: FakeProvider) => Record<string, string> = ({ env }) => env,
): Promise<Ran> {
  provider = await startFakeProvider(handlers)
  return runCheck(settings(provider))
}

describe('a sound set-up', () => {
  it('passes every check', async () => {
    const { ok, results, found } = await check()
    expect(results).toEqual({
      discovery: 'pass',
      authorization_request: 'pass',
      client_authentication: 'pass',
      endpoints: 'pass',
      clock: 'pass',
    })
    expect(ok).toBe(true)
    expect(found.client_authentication?.accepted).toEqual(['client_secret_basic', 'client_secret_post'])
    expect(Object.values(found).every(({ hint }) => hint === null)).toBe(true)
  })

  it('tells a public client by an id that nobody has', async () => {
    const { results, found } = await check(
      {
        '/token': ({ credentials, response }) =>
          credentials?.id === CLIENT.id && credentials.secret === null
            ? json(response, 400, { error: 'invalid_grant' })
            : json(response, 401, { error: 'invalid_client' }),
      },
      ({ env }) => ({ ...env, OAUTH2_CLIENT_SECRET: '' }),
    )
    expect(results.client_authentication).toBe('pass')
    expect(found.client_authentication?.accepted).toEqual(['none'])
  })

  it('leaves client_secret_basic_raw out where encoding changes nothing', async () => {
    const { found } = await check({ '/token': tokenFor('plain') }, ({ env }) => ({
      ...env,
      OAUTH2_CLIENT_SECRET: 'plain',
    }))
    expect(found.client_authentication?.accepted).toEqual(['client_secret_basic', 'client_secret_post'])
  })

  it('takes the question for Kerberos, which comes with a sign-in page, for no refusal', async () => {
    const registered = authorize()
    const { results } = await check({
      '/auth': (asked) =>
        asked.query.get('client_id') === CLIENT.id && asked.query.get('redirect_uri')?.startsWith('http:')
          ? page(401, SIGN_IN_PAGE, { 'www-authenticate': 'Negotiate' })(asked)
          : registered(asked),
    })
    expect(results.authorization_request).toBe('pass')
  })

  it('does not take a header that the provider can not decode for one that it takes', async () => {
    // As Spring Authorization Server does.
    const { found } = await check({
      '/token': ({ credentials, response }) => {
        if (credentials?.id === '') return json(response, 400, { error: 'invalid_request' })
        return tokenFor(CLIENT.secret)({ credentials, response } as Asked)
      },
    })
    expect(found.client_authentication?.accepted).toEqual(['client_secret_basic', 'client_secret_post'])
  })

  it.each([
    [
      'GitHub',
      'bad_refresh_token',
      'incorrect_client_credentials',
      'The refresh token passed is incorrect or expired.',
    ],
    [
      'Dex',
      'invalid_request',
      'invalid_client',
      'Refresh token is invalid or has already been claimed by another client.',
    ],
  ])('understands what %s says of a token that never was', async (_, ofToken, ofClient, words) => {
    const { found } = await check({
      '/token': ({ credentials, response }) =>
        credentials?.secret === CLIENT.secret
          ? json(response, 200, { error: ofToken, error_description: words })
          : json(response, 200, { error: ofClient }),
    })
    expect(found.client_authentication?.accepted).toEqual(['client_secret_basic', 'client_secret_post'])
  })

  it('takes a revocation endpoint that refuses a token that never was for one that answers', async () => {
    const { results } = await check({ '/revoke': ({ response }) => json(response, 400, { error: 'invalid_token' }) })
    expect(results.endpoints).toBe('pass')
  })

  it('puts nothing secret into what it says', async () => {
    const { checks } = await check({ '/token': tokenFor('another') })
    expect(JSON.stringify(checks)).not.toContain(CLIENT.secret)
  })
})

describe('a broken set-up', () => {
  it('names the client that the provider does not know', async () => {
    const { ok, found } = await check({ '/auth': authorize({ client: 'another' }) })
    expect(found.authorization_request).toMatchObject({
      result: 'fail',
      hint: expect.stringContaining('OAUTH2_CLIENT_ID'),
    })
    expect(found.authorization_request?.message).toContain('No such client here.')
    expect(ok).toBe(false)
  })

  it('names the callback URL that is not registered', async () => {
    const { found } = await check({ '/auth': authorize({ callback: /^https:\/\/elsewhere/ }) })
    expect(found.authorization_request).toMatchObject({
      result: 'fail',
      hint: expect.stringContaining('http://localhost:3000/auth/oauth2/callback'),
    })
    expect(found.authorization_request?.message).toContain('This callback is unheard of.')
  })

  it('offers commands that add the callback URL to the client at Keycloak, and replace nothing', async () => {
    const { found } = await check(
      {
        '/realms/r/.well-known/openid-configuration': ({ response }) =>
          json(response, 200, { ...metadataOf(provider.issuer), issuer: `${provider.issuer}/realms/r` }),
        '/auth': page(400, '<p>Invalid parameter: redirect_uri</p>'),
      },
      ({ env, issuer }) => ({ ...env, OAUTH2_ISSUER: `${issuer}/realms/r`, OAUTH2_CLIENT_SECRET: '' }),
    )
    const [command] = found.authorization_request?.commands ?? []
    expect(command).toContain("-s 'redirectUris+=http://localhost:3000/auth/oauth2/callback'")
    expect(command).not.toMatch(/publicClient|redirectUris=/)
  })

  it('names the scope that is not given', async () => {
    const { found } = await check({ '/auth': authorize({ scopes: ['openid'] }) })
    expect(found.authorization_request).toMatchObject({ result: 'fail', hint: expect.stringContaining('scope') })
    expect(found.authorization_request?.message).toContain('Invalid scopes: offline_access')
  })

  it('names the demand for another PKCE', async () => {
    const { found } = await check({ '/auth': authorize({ pkce: 'plain' }) })
    expect(found.authorization_request).toMatchObject({ result: 'fail', hint: expect.stringContaining('PKCE') })
  })

  it('knows an error page although it says 200', async () => {
    const { found } = await check({
      '/auth': (asked) =>
        asked.query.get('client_id') === CLIENT.id
          ? page(200, '<script>{"code":"AADSTS50011"}</script>')(asked)
          : page(200, SIGN_IN_PAGE)(asked),
    })
    expect(found.authorization_request).toMatchObject({
      result: 'fail',
      hint: expect.stringContaining('Authentication'),
    })
  })

  it('quotes the title of a page, and not the page', async () => {
    const html = `<title>Access blocked ${'x'.repeat(200)}</title><p>${'Everything about this site. '.repeat(20)}</p>`
    const { found } = await check({ '/auth': page(400, html) })
    const [, said] = /says: "([^"]*)"/.exec(found.authorization_request?.message ?? '') ?? []
    expect(said).toBe(`Access blocked ${'x'.repeat(85)}`)
  })

  it('follows the provider to its error page', async () => {
    const { found } = await check({
      '/auth': page(302, '', { location: '/oops?error=redirect_mismatch' }),
      '/oops': page(200, SIGN_IN_PAGE),
    })
    expect(found.authorization_request?.result).toBe('fail')
    expect(found.authorization_request?.message).toContain('redirect_mismatch')
  })

  it('accepts no way in which our credentials got no answer, though others were refused', async () => {
    const { found } = await check({
      '/token': (asked) =>
        asked.credentials?.secret === CLIENT.secret
          ? page(503, '')(asked)
          : json(asked.response, 401, { error: 'invalid_client' }),
    })
    expect(found.client_authentication).toMatchObject({ result: 'fail', accepted: [] })
  })

  it('names the wrong secret', async () => {
    const { ok, found } = await check({}, ({ env }) => ({ ...env, OAUTH2_CLIENT_SECRET: 'another' }))
    expect(found.client_authentication).toMatchObject({
      result: 'fail',
      accepted: [],
      hint: expect.stringContaining('OAUTH2_CLIENT_SECRET'),
    })
    expect(found.endpoints).toMatchObject({ result: 'unknown', skipped_because: 'client_authentication', hint: null })
    expect(ok).toBe(false)
  })

  it('names the way of sending the credentials that the provider takes', async () => {
    const { found } = await check({ '/token': tokenFor(CLIENT.secret, 'body') }, ({ env }) => ({
      ...env,
      OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD: 'client_secret_basic',
    }))
    expect(found.client_authentication).toMatchObject({
      result: 'fail',
      accepted: ['client_secret_post'],
      hint: 'Set OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD=client_secret_post in .env, then restart.',
      enter: { value: 'OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD=client_secret_post', where: 'in .env, then restart' },
    })
  })

  it('uses the way that it finds, where none is set', async () => {
    const { found } = await check({ '/token': tokenFor('plain', 'body') }, ({ env }) => ({
      ...env,
      OAUTH2_CLIENT_SECRET: 'plain',
    }))
    expect(found.client_authentication).toMatchObject({
      result: 'pass',
      message: expect.stringContaining('This app sends client_secret_post.'),
    })
  })

  it('names the refresh token grant that the client may not use', async () => {
    const { found } = await check({
      '/token': ({ credentials, response }) =>
        credentials?.secret === CLIENT.secret
          ? json(response, 400, { error: 'unauthorized_client' })
          : json(response, 401, { error: 'invalid_client' }),
    })
    expect(found.client_authentication).toMatchObject({
      result: 'fail',
      hint: expect.stringContaining('refresh token grant'),
    })
  })

  it('names an issuer that spells itself in another way', async () => {
    const { ok, found } = await check({
      '/.well-known/openid-configuration': ({ response }) => json(response, 200, metadataOf('https://other.example')),
    })
    expect(found.discovery).toMatchObject({ result: 'fail', hint: expect.stringContaining('OAUTH2_ISSUER') })
    for (const id of ['authorization_request', 'client_authentication', 'endpoints', 'clock']) {
      expect(found[id]).toMatchObject({ result: 'unknown', skipped_because: 'discovery' })
    }
    expect(ok).toBe(false)
  })

  it('names the client once, and skips what follows from it', async () => {
    const { found } = await check({
      '/auth': authorize({ client: 'another' }),
      '/token': ({ response }) => json(response, 401, { error: 'invalid_client' }),
    })
    expect(found.authorization_request).toMatchObject({ result: 'fail', skipped_because: null })
    expect(found.client_authentication).toMatchObject({
      result: 'unknown',
      skipped_because: 'authorization_request',
      accepted: [],
    })
  })

  it('says that no client secret is set', async () => {
    const { found } = await check({}, ({ env }) => ({ ...env, OAUTH2_CLIENT_SECRET: '' }))
    expect(found.client_authentication?.message).toMatch(/^No client secret is set/)
    expect(found.client_authentication?.enter?.value).toBe('OAUTH2_CLIENT_SECRET=')
  })

  it('says that the provider refuses PKCE, by a control without it', async () => {
    const { found } = await check({
      '/auth': (asked) =>
        asked.query.has('code_challenge')
          ? page(400, '<p>Unknown parameter.</p>')(asked)
          : page(200, SIGN_IN_PAGE)(asked),
    })
    expect(found.authorization_request).toMatchObject({
      result: 'fail',
      message: expect.stringContaining('refuses PKCE'),
      enter: { value: 'OAUTH2_PKCE=off' },
    })
  })

  it('names a client that demands DPoP', async () => {
    const { found } = await check({
      '/token': ({ response }) =>
        json(response, 400, { error: 'invalid_request', error_description: 'DPoP proof is missing' }),
    })
    expect(found.client_authentication).toMatchObject({
      result: 'fail',
      message: expect.stringContaining('demands DPoP'),
    })
  })

  it('warns of endpoints that do not answer', async () => {
    const { ok, found } = await check({ '/introspect': page(404, 'no'), '/keys': page(200, '<html>') })
    expect(found.endpoints?.result).toBe('warn')
    expect(found.endpoints?.message).toMatch(/Introspection gives no usable answer.*Revocation answers.*keys/)
    expect(ok).toBe(true)
  })

  it('warns of an introspection that calls everything active', async () => {
    const { found } = await check({ '/introspect': ({ response }) => json(response, 200, { active: true }) })
    expect(found.endpoints).toMatchObject({ result: 'warn', message: expect.stringContaining('made-up token active') })
  })

  it('warns where the metadata lists no PKCE with S256', async () => {
    const { found } = await check({
      '/.well-known/openid-configuration': ({ response }) =>
        json(response, 200, { ...metadataOf(provider.issuer), code_challenge_methods_supported: ['plain'] }),
    })
    expect(found.discovery?.result).toBe('warn')
  })

  it('uses the endpoints that are set where discovery fails', async () => {
    const { ok, found } = await check({ '/.well-known/openid-configuration': page(404, 'no') }, (fake) => ({
      ...byHand(fake),
      OAUTH2_ISSUER: fake.issuer,
    }))
    expect(found.discovery?.result).toBe('warn')
    expect(found.authorization_request?.result).toBe('pass')
    expect(ok).toBe(true)
  })
})

describe('a provider that tells nothing', () => {
  it.each([
    ['a page for everything', page(200, '<h1>It works!</h1>')],
    ['an empty answer for everything', page(200, '')],
    ['an empty object for everything', ({ response }) => json(response, 200, {})],
    ['a sign-in page by redirect for everything', page(302, '', { location: 'https://sso.example/' })],
  ] satisfies [string, Handler][])('is never passed for %s', async (_, handler) => {
    const { results } = await check({ '*': handler }, byHand)
    expect(Object.entries(results).filter(([id, result]) => result === 'pass' && id !== 'clock')).toEqual([])
    expect(results.authorization_request).toBe('unknown')
    expect(results.client_authentication).toBe('unknown')
  })

  it('is not passed for sending everybody to its sign-in page', async () => {
    const { ok, found } = await check({
      '/auth': page(302, '', { location: '/login' }),
      '/login': page(200, SIGN_IN_PAGE),
    })
    expect(found.authorization_request).toMatchObject({ result: 'unknown', hint: null })
    expect(ok).toBe(true)
  })

  it('is not passed for redirecting in a circle', async () => {
    const { found } = await check({ '/auth': page(302, '', { location: '/auth' }) })
    expect(found.authorization_request).toMatchObject({
      result: 'unknown',
      message: expect.stringContaining('redirects'),
    })
  })

  it('is not passed for taking any secret', async () => {
    const { found } = await check({ '/token': ({ response }) => json(response, 400, { error: 'invalid_grant' }) })
    expect(found.client_authentication).toMatchObject({ result: 'unknown', accepted: [] })
  })

  it('is not passed for giving tokens to anybody', async () => {
    const { found } = await check({
      '/token': ({ response }) => json(response, 200, { access_token: 'a', token_type: 'Bearer', refresh_token: 'r' }),
    })
    expect(found.client_authentication).toMatchObject({ result: 'unknown', accepted: [] })
  })

  it('is not blamed for being asked too often', async () => {
    const { found } = await check({ '/auth': page(429, 'slow down') })
    expect(found.authorization_request?.result).toBe('unknown')
  })

  it('is not blamed for a guard that stops programs', async () => {
    const { ok, found } = await check({ '/auth': page(403, 'Just a moment...', { 'cf-mitigated': 'challenge' }) })
    expect(found.authorization_request).toMatchObject({
      result: 'unknown',
      message: expect.stringContaining('lets only browsers through'),
    })
    expect(ok).toBe(true)
  })

  it('is told apart from one that judges the client and not the callback URL', async () => {
    const { found } = await check({ '/auth': authorize({ callback: /^http/ }) })
    expect(found.authorization_request?.result).toBe('pass')
    expect(found.authorization_request?.message).toContain('only the sign-in will show')
  })
})

describe('the clock', () => {
  it.each([
    [0, 'pass'],
    [-5_000, 'pass'],
    [30_000, 'warn'],
    [-3_600_000, 'fail'],
  ] as const)('that is %d ms off gives %s', async (off, result) => {
    provider = await startFakeProvider()
    const { found } = await runCheck(provider.env, () => Date.now() + off)
    expect(found.clock?.result).toBe(result)
    expect(found.clock?.hint ?? '').toContain(result === 'pass' ? '' : 'Synchronise the clock')
  })

  it('has nothing to be compared with where the provider sends no Date', async () => {
    const { found } = await check({
      '/.well-known/openid-configuration': ({ response }) => {
        response.sendDate = false
        json(response, 200, metadataOf(provider.issuer))
      },
    })
    expect(found.clock?.result).toBe('unknown')
  })

  it.each(['authorization_request', 'discovery'])(
    'is not judged where the provider is down: the row %s says so',
    async (earlier) => {
      provider = await startFakeProvider()
      await provider.close()
      const env = byHand(provider)
      const { found } = await runCheck(earlier === 'discovery' ? { ...env, ...provider.env } : env)
      expect(found[earlier]?.result).not.toBe('pass')
      expect(found.clock).toMatchObject({ result: 'unknown', skipped_because: earlier })
    },
  )

  it('is not judged by an answer from a cache', async () => {
    const { found } = await check({
      '/.well-known/openid-configuration': ({ response }) => {
        response.setHeader('age', '900').setHeader('date', new Date(Date.now() - 900_000).toUTCString())
        json(response, 200, metadataOf(provider.issuer))
      },
    })
    expect(found.clock?.result).toBe('unknown')
  })
})

/** A token endpoint that takes this secret alone, and only from this place. */
function tokenFor(secret: string, place?: 'header' | 'body'): Handler {
  return ({ credentials, response }) =>
    credentials?.secret === secret && (place ?? credentials.method) === credentials.method
      ? json(response, 400, { error: 'invalid_grant' })
      : json(response, 401, { error: 'invalid_client' })
}
