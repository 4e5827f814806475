import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browserless } from '../support/browserless-sign-in.js'
import { type Demo, startDemo } from './start-demo.js'

let demo: Demo
beforeAll(async () => {
  demo = await startDemo()
})
afterAll(() => demo.close())

const url = (query: Record<string, string> = {}) => `${demo.endpoint('logout')}?${new URLSearchParams(query)}`
const remembers = async (person: Browserless) =>
  !(await person.open(demo.authorizationUrl())).html.includes('name="password"')

describe('signing out at the demo provider', () => {
  it('is announced, asks first, and then forgets who was signed in', async () => {
    const metadata = await (await fetch(`${demo.issuer}/.well-known/openid-configuration`)).json()
    expect(metadata.end_session_endpoint).toBe(demo.endpoint('logout'))
    const person = demo.browser()
    const before = await demo.mint('demo', 'offline_access', person)
    const question = await person.open(url())
    expect(question.html).toMatch(/signed in to the demo provider as <b>demo<\/b>/)
    expect(await remembers(person)).toBe(true)

    const done = await person.submit(await person.open(url()), { session_code: codeIn(question.html) })
    expect(done.html).toContain('You are signed out')
    expect(await remembers(person)).toBe(false)
    const after = await demo.mint('demo', 'offline_access', person)
    expect(after.session_state).not.toBe(before.session_state)
  })

  it('leaves offline tokens alive and ends ordinary ones', async () => {
    const person = demo.browser()
    const offline = await demo.mint('demo', 'openid offline_access', person)
    const ordinary = await demo.mint('demo', 'openid', person)
    expect(ordinary.session_state).toBe(offline.session_state)
    await signOut(person)
    expect((await demo.refresh(offline.refresh_token)).status).toBe(200)
    expect(await userinfo(offline.access_token)).toBe(200)
    const refused = await demo.refresh(ordinary.refresh_token)
    expect({ status: refused.status, json: refused.json }).toEqual({
      status: 400,
      json: { error: 'invalid_grant', error_description: 'Session not active' },
    })
    expect((await demo.introspect(ordinary.refresh_token)).json).toEqual({ active: false })
    expect(await userinfo(ordinary.access_token)).toBe(401)
  })

  it('does not happen when a form of another page sends it', async () => {
    const person = demo.browser()
    await demo.mint('demo', 'offline_access', person)
    for (const session_code of ['', 'made-up']) {
      const { html } = await person.open(url(), new URLSearchParams({ session_code }))
      expect(html).toContain('Sign out?')
    }
    expect(await remembers(person)).toBe(true)
  })

  it('needs no question with the ID token of this sign-in, and goes back with the state', async () => {
    const person = demo.browser()
    const stranger = await demo.mint('demo', 'openid')
    const { id_token } = await demo.mint('demo', 'openid', person)
    const back = { post_logout_redirect_uri: `${demo.baseUrl}/`, state: 's&t' }
    expect((await person.open(url({ id_token_hint: String(stranger.id_token), ...back }))).html).toContain('Sign out?')
    const response = await person.open(url({ id_token_hint: String(id_token), ...back }))
    expect(response.url.href).toBe(`${demo.baseUrl}/?state=s%26t`)
    expect(await remembers(person)).toBe(false)
  })

  it('refuses to go on to an address that is not this site', async () => {
    const { status, html } = await demo.browser().open(url({ post_logout_redirect_uri: 'http://evil.example/' }))
    expect({ status, named: html.includes('post_logout_redirect_uri') }).toEqual({ status: 400, named: true })
  })

  it('says so to a person who is not signed in', async () => {
    const { status, html } = await demo.browser().open(url())
    expect({ status, done: html.includes('You are signed out') }).toEqual({ status: 200, done: true })
  })
})

describe('signing out with a refresh token', () => {
  it.each(['demo', 'rotating'])(
    'answers 204 for an offline token of the user %s, which is then dead',
    async (username) => {
      const { refresh_token } = await demo.mint(username)
      const { status, text } = await demo.post('logout', { refresh_token })
      expect({ status, text }).toEqual({ status: 204, text: '' })
      expect((await demo.refresh(refresh_token)).json.error_description).toBe('Offline user session not found')
    },
  )

  it('takes the sign-in with an ordinary token', async () => {
    const person = demo.browser()
    const { refresh_token } = await demo.mint('demo', 'profile', person)
    expect((await demo.post('logout', { refresh_token })).status).toBe(204)
    expect((await demo.refresh(refresh_token)).json.error_description).toBe('Session not active')
    expect(await remembers(person)).toBe(false)
  })

  it('leaves the sign-in alone with an offline token', async () => {
    const person = demo.browser()
    const { refresh_token } = await demo.mint('demo', 'offline_access', person)
    await demo.post('logout', { refresh_token })
    expect(await remembers(person)).toBe(true)
  })

  it('refuses a wrong client secret, and a token that is not ours', async () => {
    const { refresh_token } = await demo.mint()
    const wrong = await demo.post('logout', { refresh_token, client_secret: 'wrong' })
    expect({ status: wrong.status, error: wrong.json.error }).toEqual({ status: 401, error: 'invalid_client' })
    expect((await demo.refresh(refresh_token)).status).toBe(200)
    const garbage = await demo.post('logout', { refresh_token: 'made-up' })
    expect({ status: garbage.status, json: garbage.json }).toEqual({
      status: 400,
      json: { error: 'invalid_grant', error_description: 'Invalid refresh token' },
    })
  })

  it('may be asked from any origin', async () => {
    const { refresh_token } = await demo.mint()
    const origin = 'http://elsewhere.example'
    const preflight = await fetch(demo.endpoint('logout'), {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin)
    const { status, headers } = await demo.post('logout', { refresh_token }, { origin })
    expect({ status, allowed: headers.get('access-control-allow-origin') }).toEqual({ status: 204, allowed: origin })
  })
})

function codeIn(html: string): string {
  return /name="session_code" value="([^"]+)"/.exec(html)?.[1] ?? ''
}

async function signOut(person: Browserless): Promise<void> {
  const question = await person.open(url())
  const { html } = await person.submit(question, { session_code: codeIn(question.html) })
  expect(html).toContain('You are signed out')
}

async function userinfo(accessToken: string): Promise<number> {
  const headers = { authorization: `Bearer ${accessToken}` }
  return (await fetch(demo.endpoint('userinfo'), { headers })).status
}
