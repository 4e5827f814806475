import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import supertest from 'supertest'
import { type RunningApp, startApp } from './support/app.js'
import { Visitor } from './support/visitor.js'

type Method = 'get' | 'post'

const PROBLEM = ['type', 'title', 'status', 'detail', 'code', 'hint', 'token']
const TOKEN_ANSWER = [
  'id',
  'label',
  'token_type',
  'access_token',
  'expires_in',
  'expires_at',
  'refresh_token',
  'refresh_token_changed',
  'refresh_token_expires_at',
  'refresh_token_expires_source',
  'fingerprint',
  'scope',
  'refreshed_at',
  'verdict',
  'verdict_basis',
  'remarks',
  'warnings',
]

/** What a script gets from each route, member by member: names that scripts depend on. */
const ANSWERS: [Method, string, string[]][] = [
  ['get', '/profile', TOKEN_ANSWER],
  ['post', '/auth/refresh', TOKEN_ANSWER],
  ['post', '/auth/prove', ['verdict', 'checks', 'proved_at']],
  ['post', '/auth/check', ['ok', 'checks']],
  ['post', '/auth/revoke', ['revoked', 'reach', 'warnings']],
  ['get', '/healthz', ['status', 'service']],
  ['get', '/readyz', ['status', 'reasons']],
]

const BEHIND_THE_SIGN_IN: [Method, string][] = [
  ['get', '/profile'],
  ['get', '/profile/device-config'],
  ['get', '/profile/device-config/json'],
  ['get', '/profile/reminder.ics'],
  ['post', '/auth/refresh'],
  ['post', '/auth/prove'],
  ['post', '/auth/revoke'],
]

const FORM = 'application/x-www-form-urlencoded'
const JSON_BODY = 'application/json'

/** Route, what is sent, its media type and itself, and what becomes of it. */
const FIELDS: [string, string, string, string, [number, string?]][] = [
  ['/auth/refresh', 'a form', FORM, 'auth_method=client_secret_post', [200]],
  ['/auth/refresh', 'JSON', JSON_BODY, '{"auth_method":"client_secret_post"}', [200]],
  ['/auth/refresh', 'an empty field', FORM, 'auth_method=', [200]],
  ['/auth/refresh', 'nothing, whatever it is called', 'text/plain', '', [200]],
  ['/auth/refresh', 'a value that is not allowed', FORM, 'auth_method=auto', [400, 'invalid_field']],
  ['/auth/refresh', 'a field twice', FORM, 'auth_method=none&auth_method=none', [400, 'invalid_field']],
  ['/auth/refresh', 'a list', JSON_BODY, '{"auth_method":["none"]}', [400, 'invalid_field']],
  ['/auth/refresh', 'plain text', 'text/plain', 'auth_method=none', [400, 'bad_request']],
  ['/auth/prove', 'a value that is not allowed', FORM, 'reuse=true', [400, 'invalid_field']],
  [
    '/auth/prove',
    'a form in parts',
    'multipart/form-data; boundary=x',
    '--x\r\n\r\nyes\r\n--x--',
    [400, 'bad_request'],
  ],
  ['/auth/token', 'a blank', FORM, 'refresh_token=+', [400, 'invalid_field']],
  ['/auth/token', 'a field twice', FORM, 'refresh_token=a&refresh_token=b', [400, 'invalid_field']],
  ['/auth/token', 'an object', JSON_BODY, '{"refresh_token":{}}', [400, 'invalid_field']],
  ['/auth/token', 'a wrong escape', FORM, 'refresh_token=a%zz', [400, 'bad_request']],
  ['/auth/token', 'an escape that is no UTF-8', FORM, 'refresh_token=%ff', [400, 'bad_request']],
  ['/auth/refresh', 'an id in brackets', FORM, 'id[]=x', [400, 'invalid_field']],
  ['/auth/refresh', 'an id in brackets, as JSON', JSON_BODY, '{"id[]":"x"}', [400, 'invalid_field']],
  ['/auth/token', 'plain text', 'text/plain', 'a-token', [400, 'bad_request']],
  ['/auth/token', 'half of some JSON', JSON_BODY, '{"refresh_token":', [400, 'bad_request']],
  ['/auth/token', 'too much', FORM, `refresh_token=${'x'.repeat(170_000)}`, [413, 'payload_too_large']],
]

describe('the routes', () => {
  let app: RunningApp
  let visitor: Visitor

  beforeAll(async () => {
    app = await startApp()
  })
  beforeEach(async () => {
    visitor = new Visitor(app)
    await visitor.signIn('demo', 'demo')
  })
  afterAll(() => app.close())

  /** A request of somebody's script, by default of one that is signed in. */
  const ask = (method: Method, path: string, cookie = visitor.cookie) =>
    supertest(app.url)
      [method](path)
      .set({ accept: 'application/json', cookie, ...(method === 'post' && { origin: app.url }) })

  it.each(ANSWERS)('%s %s answers a script with its members and no others', async (method, path, members) => {
    const { body } = await ask(method, path)
      .expect(200)
      .expect('content-type', /^application\/json/)
    expect(Object.keys(body)).toEqual(members)
  })

  it('signs a script out with 204 and nothing more', async () => {
    expect((await ask('post', '/auth/logout').expect(204)).text).toBe('')
    await ask('get', '/profile').expect(401)
  })

  it.each(BEHIND_THE_SIGN_IN)(
    '%s %s, signed out: 401 for a script, the home page for a person',
    async (method, path) => {
      const { body } = await ask(method, path, '')
        .expect(401)
        .expect('content-type', /^application\/problem\+json/)
      expect(Object.keys(body)).toEqual(PROBLEM)
      expect(body).toMatchObject({ status: 401, code: 'not_signed_in', hint: expect.any(String) })
      await ask(method, path, '').set('accept', 'text/html').expect(302).expect('location', '/')
    },
  )

  it.each([
    ['comes from another site', 'post', '/auth/refresh', { origin: 'https://elsewhere.example' }, 403, 'cross_site'],
    ['is meant for another site', 'get', '/profile', { host: 'elsewhere.example' }, 421, 'unknown_host'],
    ['goes nowhere', 'get', '/elsewhere', {}, 404, 'not_found'],
    ['has no such method', 'post', '/profile', {}, 405, 'method_not_allowed'],
    ['names a token that is not on the list', 'get', '/profile/tokens.csv?id=nobody', {}, 404, 'unknown_token'],
    ['names a token in brackets', 'get', '/profile?id[]=x', {}, 400, 'invalid_field'],
    ['wants a sign-in for something else', 'get', '/auth/oauth2?for=xx', {}, 400, 'invalid_field'],
    ['has a prompt in brackets', 'get', '/auth/oauth2?prompt[]=login', {}, 400, 'invalid_field'],
    ['has an address that is none', 'get', '/profile/device-config/%', {}, 400, 'bad_request'],
  ] as const)('refuses what %s', async (_what, method, path, headers, status, code) => {
    const { body } = await ask(method, path).set(headers).expect(status)
    expect(body).toMatchObject({ status, code, detail: expect.any(String) })
  })

  it('mints nothing for a sign-in to inspect where none is needed', async () => {
    await ask('get', '/auth/oauth2?for=inspect').expect(303).expect('location', '/')
  })

  it('logs a request at info, and one that only looks whether all is well at debug', async () => {
    app.logged.length = 0
    await ask('get', '/readyz').expect(200)
    await ask('get', '/profile').expect(200)
    const told = app.logged.map((line) => JSON.parse(line)).filter(({ path }) => /readyz|profile/.test(path))
    expect(told.map(({ level, path }) => [level, path])).toEqual([
      [20, '/readyz'],
      [30, '/profile'],
    ])
  })

  it('says so where a proxy does not tell that it ended TLS', async () => {
    const shared = await startApp({
      BASE_URL: 'https://mint.example',
      SESSION_SECRET: '0123456789abcdef'.repeat(2),
      OAUTH2_ISSUER: 'https://provider.example',
      OAUTH2_CLIENT_ID: 'sensor',
    })
    const { body } = await supertest(`http://127.0.0.1:${shared.port}`)
      .get('/')
      .set({ accept: 'application/json', host: 'mint.example' })
      .expect(403)
    expect(body).toMatchObject({ code: 'insecure_transport', hint: expect.stringContaining('TRUST_PROXY') })
    await shared.close()
  })

  it.each(FIELDS)('POST %s is sent %s', async (path, _what, type, sent, [status, code]) => {
    const { body } = await ask('post', path).type(type).send(sent).expect(status)
    if (code) expect(body).toMatchObject({ code, hint: expect.any(String) })
    // What can't be read is refused before anything is done with the token.
    expect((await ask('get', '/profile')).body.refreshed_at === null).toBe(status !== 200)
  })
})
