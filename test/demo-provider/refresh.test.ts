import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { SignJWT } from 'jose'
import { type Demo, startDemo } from './start-demo.js'

let demo: Demo
beforeAll(async () => {
  demo = await startDemo()
})
afterAll(() => demo.close())

const REUSED = { error: 'invalid_grant', error_description: 'Maximum allowed refresh token reuse exceeded' }
const DEAD = { error: 'invalid_grant', error_description: "Session doesn't have required client" }
const INVALID = { error: 'invalid_grant', error_description: 'Invalid refresh token' }

async function refreshed(refreshToken: string): Promise<string> {
  const { status, json } = await demo.refresh(refreshToken)
  expect({ status, error: json.error }).toEqual({ status: 200 })
  return String(json.refresh_token)
}

describe('refreshing as the user demo', () => {
  it('brings another string each time, and the first and every later one stay valid', async () => {
    const tokens = [(await demo.mint()).refresh_token]
    for (let i = 0; i < 4; i++) tokens.push(await refreshed(tokens.at(-1) as string))
    expect(new Set(tokens).size).toBe(5)
    for (const token of tokens) await refreshed(token)
  })

  it('answers with the same members as the sign-in did, for the same user and session', async () => {
    const { access_token: _, refresh_token, ...first } = await demo.mint()
    const { json } = await demo.refresh(refresh_token)
    expect(json).toMatchObject(first)
    expect(Object.keys(json).length).toBe(Object.keys(first).length + 2)
  })

  it('takes five at the same time', async () => {
    const { refresh_token } = await demo.mint()
    const answers = await Promise.all(Array.from({ length: 5 }, () => demo.refresh(refresh_token)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  })

  it('refuses a scope that was not granted, and uses nothing up', async () => {
    const { refresh_token } = await demo.mint()
    const { status, json } = await demo.refresh(refresh_token, { scope: 'openid offline_access' })
    expect({ status, error: json.error }).toEqual({ status: 400, error: 'invalid_scope' })
    await refreshed(refresh_token)
  })

  it('ends an ordinary refresh token after its 30 minutes, and an offline token never', async () => {
    let now = Date.now()
    const later = await startDemo({ clock: () => now })
    try {
      const offline = await later.mint()
      const ordinary = await later.mint('demo', 'profile')
      now += 1799_000
      const renewed = String((await later.refresh(ordinary.refresh_token)).json.refresh_token)
      now += 2_000
      expect((await later.refresh(ordinary.refresh_token)).json).toEqual(INVALID)
      expect((await later.refresh(renewed)).status).toBe(200)
      now += 20 * 365 * 24 * 3600_000
      expect((await later.refresh(renewed)).json).toEqual(INVALID)
      expect((await later.refresh(offline.refresh_token)).status).toBe(200)
    } finally {
      await later.close()
    }
  })
})

describe('refreshing as the user rotating', () => {
  it('brings a new token each time, which works once', async () => {
    let token = (await demo.mint('rotating')).refresh_token
    for (let i = 0; i < 4; i++) token = await refreshed(token)
  })

  it.each([
    ['just replaced', 1],
    ['replaced long before', 3],
  ])('refuses a token that was %s, and then the newest is dead as well', async (_age, uses) => {
    const { refresh_token } = await demo.mint('rotating')
    let newest = refresh_token
    for (let i = 0; i < uses; i++) newest = await refreshed(newest)
    const { status, json } = await demo.refresh(refresh_token)
    expect({ status, json }).toEqual({ status: 400, json: REUSED })
    expect((await demo.refresh(newest)).json).toEqual(DEAD)
    expect((await demo.refresh(refresh_token)).json).toEqual(DEAD)
  })

  it('lets one of five at the same time win, and then the winner has a dead token', async () => {
    const { refresh_token } = await demo.mint('rotating')
    const answers = await Promise.all(Array.from({ length: 5 }, () => demo.refresh(refresh_token)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400])
    const winner = answers.find(({ status }) => status === 200)
    expect((await demo.refresh(String(winner?.json.refresh_token))).json).toEqual(DEAD)
  })

  it("leaves the same user's other sign-ins alone", async () => {
    const [first, second] = [await demo.mint('rotating'), await demo.mint('rotating')]
    await refreshed(first.refresh_token)
    expect((await demo.refresh(first.refresh_token)).json).toEqual(REUSED)
    await refreshed(second.refresh_token)
  })

  it('uses nothing up when the scope was not granted', async () => {
    const { refresh_token } = await demo.mint('rotating')
    expect((await demo.refresh(refresh_token, { scope: 'openid' })).json.error).toBe('invalid_scope')
    await refreshed(refresh_token)
  })
})

describe('refreshing with something else', () => {
  const forged = () =>
    new SignJWT({ typ: 'Offline', jti: 'x', sid: 'y', sub: 'z' })
      .setProtectedHeader({ alg: 'HS512' })
      .setIssuer(demo.issuer)
      .setAudience(demo.issuer)
      .sign(new Uint8Array(64))

  it.each([
    ['garbage', async () => 'made-up'],
    ['a token signed with another key', forged],
    ['an access token', async () => (await demo.mint()).access_token],
    ['a refresh token with its signature cut off', async () => (await demo.mint()).refresh_token.replace(/[^.]*$/, '')],
    ['what oidc-provider calls the token inside', async () => storedIdOf((await demo.mint()).refresh_token)],
  ])('refuses %s as invalid', async (_what, token) => {
    const { status, json } = await demo.refresh(await token())
    expect({ status, json }).toEqual({ status: 400, json: INVALID })
  })

  it('refuses a token of an earlier start', async () => {
    const earlier = await startDemo()
    const { refresh_token } = await earlier.mint()
    await earlier.close()
    expect((await demo.refresh(refresh_token)).json).toEqual(INVALID)
  })

  it.each([
    ['no token', { grant_type: 'refresh_token' }, 'invalid_request'],
    ['an empty token', { grant_type: 'refresh_token', refresh_token: '' }, 'invalid_request'],
    ['another grant type', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['no grant type', {}, 'invalid_request'],
  ])('refuses %s', async (_what, form, error) => {
    const { status, json } = await demo.post('token', form)
    expect({ status, error: json.error }).toEqual({ status: 400, error })
  })

  it('refuses two tokens in one request', async () => {
    const { refresh_token } = await demo.mint()
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'sensor',
      client_secret: 'sensor-secret',
    })
    form.append('refresh_token', refresh_token)
    form.append('refresh_token', refresh_token)
    const response = await fetch(demo.endpoint('token'), { method: 'POST', body: form })
    expect({ status: response.status, ...(await response.json()) }).toMatchObject({
      status: 400,
      error: 'invalid_request',
    })
  })

  it('refuses JSON, and a form that is too large', async () => {
    const json = await fetch(demo.endpoint('token'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect({ status: json.status, ...(await json.json()) }).toMatchObject({ status: 400, error: 'invalid_request' })
    expect((await demo.refresh('x'.repeat(100_000))).status).toBe(413)
  })
})

/** The part of a refresh token's `jti` that is oidc-provider's own. */
function storedIdOf(refreshToken: string): string {
  const { jti } = JSON.parse(Buffer.from(refreshToken.split('.')[1] ?? '', 'base64url').toString())
  return jti.split('.')[0]
}
