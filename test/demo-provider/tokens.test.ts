import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { type Demo, startDemo } from './start-demo.js'

let demo: Demo
beforeAll(async () => {
  demo = await startDemo()
})
afterAll(() => demo.close())

const keys = () => createRemoteJWKSet(new URL(demo.endpoint('certs')))

describe('discovery', () => {
  it("announces Keycloak's paths below the issuer, and that iss comes with the callback", async () => {
    const response = await fetch(`${demo.issuer}/.well-known/openid-configuration`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      issuer: demo.issuer,
      authorization_endpoint: `${demo.issuer}/protocol/openid-connect/auth`,
      token_endpoint: `${demo.issuer}/protocol/openid-connect/token`,
      jwks_uri: `${demo.issuer}/protocol/openid-connect/certs`,
      userinfo_endpoint: `${demo.issuer}/protocol/openid-connect/userinfo`,
      introspection_endpoint: `${demo.issuer}/protocol/openid-connect/token/introspect`,
      revocation_endpoint: `${demo.issuer}/protocol/openid-connect/revoke`,
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    })
  })

  it('names the endpoints below BASE_URL by whatever host name it is asked', async () => {
    const { port } = new URL(demo.baseUrl)
    const response = await fetch(`http://127.0.0.1:${port}/realms/organicity/.well-known/openid-configuration`)
    expect(await response.json()).toMatchObject({ token_endpoint: demo.endpoint('token') })
  })
})

describe('the token answer', () => {
  it("has the tutorial's and Keycloak's members for scope=offline_access alone", async () => {
    const { status, json, headers } = await demo.exchange(await demo.signIn())
    expect(status).toBe(200)
    expect(json).toEqual({
      access_token: expect.any(String),
      expires_in: 300,
      refresh_expires_in: 0,
      refresh_token: expect.any(String),
      token_type: 'Bearer',
      'not-before-policy': 0,
      session_state: expect.any(String),
      scope: 'profile email offline_access',
    })
    expect(headers.get('cache-control')).toContain('no-store')
  })

  it('says when the refresh token ends where no offline_access was asked for', async () => {
    const { refresh_token, ...json } = await demo.mint('demo', 'profile')
    expect(json).toMatchObject({ refresh_expires_in: 1800, scope: 'profile email' })
    const { typ, iat = 0, exp } = decodeJwt(refresh_token)
    expect({ typ, exp }).toEqual({ typ: 'Refresh', exp: iat + 1800 })
  })

  it('has an ID token about the user for scope openid', async () => {
    const { id_token = '', scope } = await demo.mint('demo', 'openid offline_access')
    expect(scope).toBe('openid profile email offline_access')
    const { payload } = await jwtVerify(id_token, keys(), { issuer: demo.issuer, audience: 'sensor' })
    expect(payload).toMatchObject({ preferred_username: 'demo', email: 'demo@example.org' })
  })

  it('refuses offline tokens to the user without the role, but lets him have ordinary ones', async () => {
    const refused = await demo.exchange(await demo.signIn('no-offline'))
    expect(refused.status).toBe(400)
    expect(refused.json).toEqual({
      error: 'not_allowed',
      error_description: 'Offline tokens not allowed for the user or client',
    })
    expect(await demo.mint('no-offline', 'profile')).toMatchObject({ refresh_expires_in: 1800 })
  })
})

describe('the access token', () => {
  it("is a JWT with Keycloak's claims that the JWKS verifies", async () => {
    const { access_token, session_state } = await demo.mint()
    const { payload, protectedHeader } = await jwtVerify(access_token, keys(), { issuer: demo.issuer })
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: expect.any(String) })
    const { iat = 0 } = payload
    expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(5)
    expect(payload).toEqual({
      exp: iat + 300,
      iat,
      jti: expect.any(String),
      iss: demo.issuer,
      aud: 'account',
      sub: expect.stringMatching(/^[0-9a-f-]{36}$/),
      typ: 'Bearer',
      azp: 'sensor',
      session_state,
      sid: session_state,
      acr: '1',
      realm_access: { roles: ['offline_access', 'default-roles-organicity', 'experimenter', 'uma_authorization'] },
      resource_access: { sensor: { roles: ['publish'] }, account: { roles: ['manage-account', 'view-profile'] } },
      scope: 'profile email offline_access',
      email_verified: true,
      name: 'Dana Demo',
      preferred_username: 'demo',
      given_name: 'Dana',
      family_name: 'Demo',
      email: 'demo@example.org',
    })
  })

  it('is signed with a key of this start, and the JWKS shows only the public half', async () => {
    const other = await startDemo()
    try {
      const [ours, theirs] = await Promise.all(
        [demo, other].map(async ({ endpoint }) => (await fetch(endpoint('certs'))).json()),
      )
      expect(Object.keys(ours.keys[0]).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
      expect(ours.keys[0].n).not.toBe(theirs.keys[0].n)
    } finally {
      await other.close()
    }
  })
})

describe('the refresh token', () => {
  it("is a JWT as Keycloak's: HS512, typ Offline, no end, and no key for it in the JWKS", async () => {
    const { refresh_token, session_state } = await demo.mint()
    expect(decodeProtectedHeader(refresh_token)).toMatchObject({ alg: 'HS512', typ: 'JWT' })
    expect(decodeJwt(refresh_token)).toEqual({
      iat: expect.any(Number),
      jti: expect.any(String),
      iss: demo.issuer,
      aud: demo.issuer,
      sub: expect.stringMatching(/^[0-9a-f-]{36}$/),
      typ: 'Offline',
      azp: 'sensor',
      sid: session_state,
      scope: 'profile email offline_access',
    })
    await expect(jwtVerify(refresh_token, keys())).rejects.toThrow()
  })
})

describe('the authorization code', () => {
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }

  it('comes with iss and the state that was sent, and without one where none was', async () => {
    const { searchParams } = await demo.signIn('demo', { state: 'a b&c' })
    expect([...searchParams.keys()].sort()).toEqual(['code', 'iss', 'state'])
    expect(searchParams.get('state')).toBe('a b&c')
    expect(searchParams.get('iss')).toBe(demo.issuer)
    expect([...(await demo.signIn()).searchParams.keys()].sort()).toEqual(['code', 'iss'])
  })

  it('is exchanged with the PKCE verifier, and not with another or none', async () => {
    const good = await demo.exchange(await demo.signIn('demo', pkce), { code_verifier: verifier })
    expect(good.status).toBe(200)
    for (const form of [{}, { code_verifier: randomBytes(32).toString('base64url') }]) {
      const { status, json } = await demo.exchange(await demo.signIn('demo', pkce), form)
      expect({ status, error: json.error }).toEqual({ status: 400, error: 'invalid_grant' })
    }
  })

  it('works once; used again, the tokens that came for it die', async () => {
    const callback = await demo.signIn()
    const first = await demo.exchange(callback)
    expect(first.status).toBe(200)
    expect((await demo.exchange(callback)).json.error).toBe('invalid_grant')
    expect((await demo.refresh(String(first.json.refresh_token))).status).toBe(400)
  })

  it('works once for five requests at the same time', async () => {
    const callback = await demo.signIn()
    const answers = await Promise.all(Array.from({ length: 5 }, () => demo.exchange(callback)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400])
  })

  it('tells what is wrong with a made-up one', async () => {
    const { status, json } = await demo.exchange(new URL('http://localhost/?code=made-up'))
    expect(status).toBe(400)
    expect(json).toEqual({ error: 'invalid_grant', error_description: 'authorization code not found' })
  })
})

describe("the client's credentials", () => {
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  })
  const none = { client_id: undefined, client_secret: undefined }

  it.each([
    ['in the header, raw', basic('sensor', 'sensor-secret'), none],
    ['in the header, form-encoded', basic('sensor', '%73ensor%2Dsecret'), none],
    [
      'in the header, with the client_id in the body too',
      basic('sensor', 'sensor-secret'),
      { client_secret: undefined },
    ],
    ['in the body', {}, {}],
  ])('are taken %s', async (_way, headers, form) => {
    const { refresh_token } = await demo.mint()
    const { status } = await demo.post('token', { grant_type: 'refresh_token', refresh_token, ...form }, headers)
    expect(status).toBe(200)
  })

  it.each([
    ['a wrong secret in the body', {}, { client_secret: 'wrong' }],
    ['a wrong secret in the header', basic('sensor', 'wrong'), none],
    ['an unknown client', {}, { client_id: 'nobody' }],
    ['no secret', {}, { client_secret: undefined }],
  ])('are refused with 401 for %s, at every endpoint, and nothing is used up', async (_what, headers, form) => {
    const { refresh_token } = await demo.mint('rotating')
    const refreshing = { grant_type: 'refresh_token', refresh_token, ...form }
    for (const [name, fields] of Object.entries({
      token: refreshing,
      'token/introspect': { token: refresh_token, ...form },
      revoke: { token: refresh_token, ...form },
    })) {
      const { status, json } = await demo.post(name, fields, headers)
      expect({ name, status, error: json.error }).toEqual({ name, status: 401, error: 'invalid_client' })
    }
    expect((await demo.refresh(refresh_token)).status).toBe(200)
  })
})
