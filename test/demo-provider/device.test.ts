import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt } from 'jose'
import type { Browserless, Page } from '../support/browserless-sign-in.js'
import { type Demo, startDemo } from './start-demo.js'

let now = Date.now()
let demo: Demo
beforeAll(async () => {
  demo = await startDemo({ clock: () => now })
})
afterAll(() => demo.close())

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const verifier = randomBytes(32).toString('base64url')
const challenge = createHash('sha256').update(verifier).digest('base64url')
const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }

interface Started {
  device_code: string
  user_code: string
  verification_uri: string
  verification_uri_complete: string
}

async function start(form: Record<string, string> = {}): Promise<Started> {
  const { status, json } = await demo.post('auth/device', { scope: 'offline_access', ...form })
  expect({ status, error: json.error }).toEqual({ status: 200 })
  return json as unknown as Started
}

/** Asks once, five seconds after the time before. */
async function poll({ device_code }: Started, form: Record<string, string | undefined> = {}) {
  now += 5_000
  return demo.post('token', { grant_type: GRANT, device_code, ...form })
}

async function answer(started: Started, choice: 'accept' | 'cancel', person = demo.browser(), username = 'demo') {
  let page = await person.open(started.verification_uri_complete)
  if (page.html.includes('name="password"')) page = await person.submit(page, { username, password: 'demo' })
  return person.submit(page, { [choice]: 'Yes' })
}

const outcome = ({ status, json }: { status: number; json: Record<string, unknown> }) => ({ status, error: json.error })

describe('the device authorization request', () => {
  it('is announced, and answers as Keycloak does', async () => {
    const metadata = await (await fetch(`${demo.issuer}/.well-known/openid-configuration`)).json()
    expect(metadata.device_authorization_endpoint).toBe(demo.endpoint('auth/device'))
    expect(metadata.grant_types_supported).toContain(GRANT)
    const { status, json } = await demo.post('auth/device', { scope: 'offline_access' })
    expect(status).toBe(200)
    expect(json).toEqual({
      device_code: expect.stringMatching(/^.{40,}$/),
      user_code: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
      verification_uri: `${demo.issuer}/device`,
      verification_uri_complete: `${demo.issuer}/device?user_code=${json.user_code}`,
      expires_in: 600,
      interval: 5,
    })
  })

  it.each([
    ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client'],
    ['an unknown scope', { scope: 'nonsense' }, 400, 'invalid_scope'],
    ['plain PKCE', { ...pkce, code_challenge_method: 'plain' }, 400, 'invalid_request'],
    ['a challenge without its method', { code_challenge: challenge }, 400, 'invalid_request'],
    ['a method without a challenge', { code_challenge_method: 'S256' }, 400, 'invalid_request'],
    ['a challenge that is none', { ...pkce, code_challenge: 'short' }, 400, 'invalid_request'],
  ])('is refused for %s', async (_what, form, status, error) => {
    expect(outcome(await demo.post('auth/device', form))).toEqual({ status, error })
  })

  it('takes POST alone, from any origin', async () => {
    expect((await fetch(demo.endpoint('auth/device'))).status).toBe(405)
    const { headers } = await demo.post('auth/device', {}, { origin: 'http://elsewhere.example' })
    expect(headers.get('access-control-allow-origin')).toBe('http://elsewhere.example')
  })
})

describe('a device that waits', () => {
  it('gets its offline token once the person allowed it, and once only', async () => {
    const started = await start(pkce)
    const pending = await poll(started, { code_verifier: verifier })
    expect(outcome(pending)).toEqual({ status: 400, error: 'authorization_pending' })
    expect((await answer(started, 'accept')).html).toContain('The device is connected')
    const { status, json } = await poll(started, { code_verifier: verifier })
    expect(status).toBe(200)
    expect(json).toMatchObject({ expires_in: 300, refresh_expires_in: 0, scope: 'profile email offline_access' })
    const token = String(json.refresh_token)
    expect(decodeJwt(token)).toMatchObject({ typ: 'Offline', azp: 'sensor', sid: json.session_state })
    expect(await poll(started, { code_verifier: verifier })).toMatchObject({
      status: 400,
      json: { error: 'invalid_grant', error_description: 'Device code not valid' },
    })
    expect((await demo.refresh(token)).status).toBe(200)
  })

  it('gets an ID token and UserInfo for scope openid', async () => {
    const started = await start({ scope: 'openid offline_access' })
    await answer(started, 'accept', demo.browser(), 'rotating')
    const { json } = await poll(started)
    expect(decodeJwt(String(json.id_token))).toMatchObject({ preferred_username: 'rotating', sid: json.session_state })
  })

  it('gets access_denied when the person said no', async () => {
    const started = await start()
    expect((await answer(started, 'cancel')).html).toContain('You denied access')
    expect((await poll(started)).json).toEqual({
      error: 'access_denied',
      error_description: 'The end user denied the authorization request',
    })
  })

  it('gets slow_down when it asks too soon, and loses nothing by that', async () => {
    const started = await start()
    await poll(started)
    const { device_code } = started
    await answer(started, 'accept')
    const soon = await demo.post('token', { grant_type: GRANT, device_code })
    expect(outcome(soon)).toEqual({ status: 400, error: 'slow_down' })
    expect((await poll(started)).status).toBe(200)
  })

  it('gets expired_token after ten minutes, and the page no longer knows the code', async () => {
    const started = await start()
    now += 601_000
    expect(outcome(await poll(started))).toEqual({ status: 400, error: 'expired_token' })
    expect((await demo.browser().open(started.verification_uri_complete)).html).toContain('We know no device')
  })

  it('gets nothing without the PKCE verifier, with another, or with one that was not announced', async () => {
    const started = await start(pkce)
    await answer(started, 'accept')
    for (const form of [{}, { code_verifier: randomBytes(32).toString('base64url') }]) {
      expect(outcome(await poll(started, form))).toEqual({ status: 400, error: 'invalid_grant' })
    }
    expect((await poll(started, { code_verifier: verifier })).status).toBe(200)
    const plain = await start()
    await answer(plain, 'accept')
    expect(outcome(await poll(plain, { code_verifier: verifier }))).toEqual({ status: 400, error: 'invalid_grant' })
  })

  it('is refused with a made-up code, without one, with two, and with a wrong secret first of all', async () => {
    const started = await start()
    const ask = (form: Record<string, string>) => demo.post('token', { grant_type: GRANT, ...form })
    expect(outcome(await ask({ device_code: 'made-up' }))).toEqual({ status: 400, error: 'invalid_grant' })
    expect(outcome(await ask({}))).toEqual({ status: 400, error: 'invalid_request' })
    for (const device_code of ['made-up', started.device_code]) {
      const wrong = await ask({ device_code, client_secret: 'wrong' })
      expect(outcome(wrong)).toEqual({ status: 401, error: 'invalid_client' })
    }
  })

  it('gets not_allowed where the user lacks the role', async () => {
    const started = await start()
    await answer(started, 'accept', demo.browser(), 'no-offline')
    expect(outcome(await poll(started))).toEqual({ status: 400, error: 'not_allowed' })
  })

  it('shares the sid of the browser in which it was allowed', async () => {
    const person = demo.browser()
    const minted = await demo.mint('demo', 'offline_access', person)
    const started = await start()
    const question = await person.open(started.verification_uri_complete)
    expect(question.html).not.toContain('name="password"')
    await answer(started, 'accept', person)
    const { json } = await poll(started)
    expect(json.session_state).toBe(minted.session_state)
    await demo.post('revoke', { token: minted.refresh_token })
    expect((await demo.refresh(String(json.refresh_token))).json.error).toBe('invalid_grant')
  })

  it('may belong to another person: the page warns of that', async () => {
    const person = demo.browser()
    const started = await start()
    const page = await signedIn(person, started)
    expect(page.html).toContain('Only allow it if you started this yourself')
    for (const shown of [started.user_code, 'sensor', 'profile email offline_access'])
      expect(page.html).toContain(shown)
  })
})

describe("the page for a device's code", () => {
  it('takes the code however it is typed, and says so when nothing waits for it', async () => {
    const person = demo.browser()
    const { user_code, verification_uri } = await start()
    const form = await person.open(verification_uri)
    expect(form.html).toMatch(/<label for="user_code">/)
    const unknown = await person.open(`${verification_uri}?user_code=BBBB-BBBB`)
    expect(unknown.html).toMatch(/role="alert"[^>]*>We know no device/)
    for (const typed of [user_code.toLowerCase(), ` ${user_code.replace('-', ' ')} `, user_code.replace('-', '')]) {
      const page = await person.open(`${verification_uri}?${new URLSearchParams({ user_code: typed })}`)
      expect(page.html).toContain('name="password"')
      expect(page.html).toContain(`<code>${user_code}</code>`)
    }
  })

  it('says so when the password is wrong, and shows the code as text', async () => {
    const person = demo.browser()
    const started = await start()
    const form = await person.open(started.verification_uri_complete)
    const again = await person.submit(form, { username: 'demo', password: 'wrong' })
    expect(again.html).toContain('Invalid username or password.')
    const attack = await person.open(`${started.verification_uri}?user_code=%22%3E%3Cb%3E`)
    expect(attack.html).toContain('value="&#34;&gt;&lt;b&gt;"')
  })

  it('neither allows nor denies for a form of another page', async () => {
    const person = demo.browser()
    const started = await start()
    await signedIn(person, started)
    for (const session_code of ['', 'made-up']) {
      const fields = new URLSearchParams({ user_code: started.user_code, session_code, accept: 'Yes' })
      const { status, html } = await person.open(started.verification_uri, fields)
      expect({ status, stale: html.includes('out of date') }).toEqual({ status: 400, stale: true })
    }
    expect(outcome(await poll(started))).toEqual({ status: 400, error: 'authorization_pending' })
  })

  it('takes one answer', async () => {
    const person = demo.browser()
    const started = await start()
    const question = await signedIn(person, started)
    await person.submit(question, { accept: 'Yes' })
    expect((await person.submit(question, { cancel: 'No' })).html).toContain('We know no device')
    expect((await poll(started)).status).toBe(200)
  })

  it('has no script, and can be neither framed nor kept', async () => {
    const { headers, html } = await demo.browser().open((await start()).verification_uri_complete)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('cache-control')).toBe('no-store')
    expect(html).not.toMatch(/<script|\son\w+=/i)
  })
})

async function signedIn(person: Browserless, { verification_uri_complete }: Started): Promise<Page> {
  const page = await person.open(verification_uri_complete)
  return person.submit(page, { username: 'demo', password: 'demo' })
}
