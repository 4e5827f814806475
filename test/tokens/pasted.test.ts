import { afterEach, describe, expect, it } from '@jest/globals'
import { withoutWrapping } from '../../server/tokens/pasted.js'
import { CLIENT, json, metadataOf, startFakeProvider } from '../check/fake-provider.js'
import { startApp } from '../support/app.js'
import { Visitor } from '../support/visitor.js'

const JSON_PLEASE = { accept: 'application/json' }
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const jwt = (claims: object, header: object = { alg: 'HS512', typ: 'JWT' }) =>
  [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
    .concat('.c2ln')

/** A site at a provider that refreshes any token into the same one, and names whoever uses its access token. */
async function start() {
  const sent: string[] = []
  const provider = await startFakeProvider({
    '/.well-known/openid-configuration': ({ response }) =>
      json(response, 200, { ...metadataOf(provider.issuer), userinfo_endpoint: `${provider.issuer}/userinfo` }),
    '/token': ({ form, response }) => {
      const token = form.get('refresh_token') ?? ''
      if (token.startsWith('made-up-')) return json(response, 400, { error: 'invalid_grant' })
      sent.push(token)
      json(response, 200, { access_token: 'opaque', token_type: 'Bearer', expires_in: 300 })
    },
    '/introspect': ({ form, response }) => {
      sent.push(`introspect ${form.get('token')}`)
      json(response, 200, { active: false })
    },
    '/revoke': ({ form, response }) => {
      sent.push(`revoke ${form.get('token')}`)
      response.writeHead(200).end()
    },
    '/userinfo': ({ response }) => json(response, 200, { sub: '42', preferred_username: 'dana' }),
  })
  const app = await startApp(provider.env)
  closing.push(app.close, provider.close)
  await provider.asked
  const visitor = new Visitor(app)
  // The metadata has come, so that the issuer is known.
  await visitor.post('/auth/check', {}, JSON_PLEASE)
  sent.length = 0
  const paste = (refresh_token: string) => visitor.post('/auth/token', { refresh_token }, JSON_PLEASE)
  return { issuer: provider.issuer, sent, app, visitor, paste }
}

describe('a pasted token', () => {
  it.each([
    ['in quotes', '"T0"'],
    ['in single quotes', " 'T0' \n"],
    ['as a line of .env', 'OAUTH2_REFRESH_TOKEN=T0'],
    ['as a line of .env in quotes', "OAUTH2_REFRESH_TOKEN='T0'\r\n"],
    ['as a line of a shell script', 'export OAUTH2_REFRESH_TOKEN="T0"'],
    ['with a name in small letters', 'refresh_token=T0'],
    ['as a line of JSON', '  "refresh_token": "T0",'],
    ['as the last line of JSON', '"refresh_token": "T0"'],
    ['as a line of YAML', 'oauth2_refresh_token: "T0"'],
    ['as a line of a header', '#define SECRET_OAUTH2_REFRESH_TOKEN "T0"'],
    ['as a line of MicroPython', 'REFRESH_TOKEN = "T0"'],
    ['as a line of an NVS table', 'refresh_token,data,string,"T0"'],
    ['wrapped by a terminal', 'T\n  0'],
    ['after a byte order mark', '\ufeffT0'],
  ])('is taken out of what comes along: %s', async (_, text) => {
    const { paste } = await start()
    expect((await paste(text)).json).toMatchObject({ refresh_token: 'T0', verdict: null })
  })

  it('keeps a space inside a line, and an = that is no name', async () => {
    const { paste } = await start()
    expect((await paste('a b=c')).json.refresh_token).toBe('a b=c')
  })

  it.each([
    ['blanks', ' ', 100_000],
    ['its own name', 'refresh_token', 40_000],
  ])('is read in one pass, however often it repeats %s', (_, piece, times) => {
    const text = piece.repeat(times)
    // In CPU time: how busy the machine is does not count. Reading it again at every character takes many seconds.
    const began = process.cpuUsage()
    expect(withoutWrapping(`T${text}0`)).toBe(`T${text}0`)
    expect(process.cpuUsage(began).user / 1e6).toBeLessThan(1)
  })

  it.each([
    ['a whole config', 'export OAUTH2_CLIENT_SECRET=secret\nexport OAUTH2_REFRESH_TOKEN=T0\n'],
    ['a token answer', '{"access_token":"A0","refresh_token":"T0"}'],
    ['a request', 'grant_type=refresh_token&refresh_token=T0&client_id=sensor'],
  ])('is asked for alone, when it comes with more: %s', async (_, text) => {
    const { paste, sent } = await start()
    const { status, json: problem } = await paste(text)
    expect([status, problem.code]).toEqual([400, 'invalid_field'])
    expect(problem.detail).toBe('refresh_token has more in it than a token. Nothing was sent.')
    expect(sent).toEqual([])
  })

  it.each([
    ['one with its whole media type', jwt({ sub: '1' }, { typ: 'application/at+jwt' }), 'an access token'],
    ['an access token of RFC 9068', jwt({ sub: '1' }, { alg: 'RS256', typ: 'at+jwt' }), 'an access token'],
    ["Keycloak's access token", jwt({ typ: 'Bearer' }), 'an access token'],
    ["Keycloak's ID token", jwt({ typ: 'ID' }), 'an ID token'],
    ["Cognito's access token", jwt({ token_use: 'access' }), 'an access token'],
    ["Cognito's ID token", jwt({ token_use: 'id' }), 'an ID token'],
  ])('is recognised as another kind before anything is sent: %s', async (_, token, kind) => {
    const { paste, sent } = await start()
    const { status, json: problem } = await paste(token)
    expect([status, problem.code]).toEqual([400, 'not_a_refresh_token'])
    expect(problem.detail).toContain(kind)
    expect(sent).toEqual([])
  })

  it.each([
    ['realm', (issuer: string) => ({ iss: `${issuer}/realms/other`, azp: CLIENT.id }), '/realms/other'],
    ['client', (issuer: string) => ({ iss: issuer, azp: 'another' }), 'the client another'],
  ])('of another %s is shown, and sent nowhere', async (_, claims, named) => {
    const { paste, sent, visitor, issuer } = await start()
    const pasted = await paste(jwt({ typ: 'Offline', ...claims(issuer) }))
    expect([pasted.status, pasted.json.verdict]).toEqual([200, null])
    for (const what of ['refresh', 'prove', 'revoke']) {
      const { status, json: problem } = await visitor.post(`/auth/${what}`, {}, JSON_PLEASE)
      expect([what, status, problem.code]).toEqual([what, 409, 'token_refused'])
      expect(problem.detail).toContain(named)
    }
    expect(sent).toEqual([])
    expect((await visitor.get('/profile')).text).toContain('A token from somewhere else.')
  })

  it('gets its name from the provider alone, once a test brought one', async () => {
    const { paste, visitor, app } = await start()
    await paste(jwt({ typ: 'Offline', preferred_username: 'mallory', sub: '13' }))
    expect((await visitor.get('/profile')).text).toMatch(/It says it belongs to\s*<b><bdi>mallory/)
    await visitor.post('/auth/prove', {}, JSON_PLEASE)
    expect((await visitor.get('/profile')).text).toMatch(/It belongs to\s*<b><bdi>dana/)
    expect(app.logged.join('')).not.toContain('mallory')
  })
})
