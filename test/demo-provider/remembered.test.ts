import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt } from 'jose'
import { Browserless } from '../support/browserless-sign-in.js'
import { type Demo, startDemo } from './start-demo.js'

let now = Date.now()
let demo: Demo
beforeAll(async () => {
  demo = await startDemo({ clock: () => now })
})
afterAll(() => demo.close())

const OFFLINE = 'openid offline_access'
const REUSED = 'Maximum allowed refresh token reuse exceeded'

const sidOf = (jwt: unknown) => decodeJwt(String(jwt)).sid
const userOf = (jwt: unknown) => decodeJwt(String(jwt)).preferred_username

/** Whether the sign-in page shows its form for this request. */
async function showsForm(person: Browserless, parameters: Record<string, string> = {}): Promise<boolean> {
  const page = await person.open(demo.authorizationUrl(parameters))
  expect(page.status).toBeLessThan(400)
  return page.html.includes('name="password"')
}

async function refreshError(token: string): Promise<unknown> {
  return (await demo.refresh(token)).json.error_description
}

describe('a sign-in that the browser remembers', () => {
  it('sends the person straight back to the client, whose tokens share one sid', async () => {
    const person = demo.browser()
    const first = await demo.mint('demo', OFFLINE, person)
    expect(await showsForm(person)).toBe(false)
    const second = await demo.mint('demo', OFFLINE, person)
    const all = [first, second].flatMap(({ access_token, refresh_token }) => [access_token, refresh_token])
    expect(new Set(all).size).toBe(4)
    const tokens = [...all, first.id_token, second.id_token]
    expect(new Set([...tokens.map(sidOf), first.session_state, second.session_state]).size).toBe(1)
    expect(second.session_state).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('stays in its browser: elsewhere the form is shown, and another sid comes', async () => {
    const [one, other] = [await demo.mint('demo', OFFLINE), await demo.mint('demo', OFFLINE)]
    expect(sidOf(one.refresh_token)).not.toBe(sidOf(other.refresh_token))
    expect(await showsForm(demo.browser())).toBe(true)
  })

  it('keeps its cookie from scripts, from other sites, and from the rest of the app', async () => {
    const cookies: string[] = []
    const person = new Browserless(demo.redirectUri, async (...request) => {
      const response = await fetch(...request)
      cookies.push(...response.headers.getSetCookie())
      return response
    })
    const form = await person.open(demo.authorizationUrl())
    cookies.length = 0
    await person.submit(form, { username: 'demo', password: 'demo' })
    const [cookie, ...more] = cookies.filter((line) => line.startsWith('otm_demo_'))
    expect(more).toEqual([])
    expect(cookie).toMatch(/^otm_demo_\d+=[\w-]{43}; path=\/realms\/organicity; samesite=lax; httponly$/i)
  })

  it.each(['login', 'login consent'])(
    'shows the whole form with prompt=%s, and the way to sign out',
    async (prompt) => {
      const person = demo.browser()
      await demo.mint('demo', OFFLINE, person)
      const { html } = await person.open(demo.authorizationUrl({ prompt }))
      for (const field of ['username', 'password']) expect(html).toContain(`name="${field}"`)
      expect(html).toMatch(/signed in as <b>demo<\/b>/)
      expect(html).toContain('href="/realms/organicity/protocol/openid-connect/logout"')
    },
  )

  it('keeps the sid when the same user signs in again, and gives another user a new one', async () => {
    const person = demo.browser()
    const first = await demo.mint('demo', OFFLINE, person, 'login')
    const again = await demo.mint('demo', OFFLINE, person, 'login')
    const other = await demo.mint('rotating', OFFLINE, person, 'login')
    expect([first, again, other].map(({ access_token }) => userOf(access_token))).toEqual(['demo', 'demo', 'rotating'])
    expect(again.session_state).toBe(first.session_state)
    expect(other.session_state).not.toBe(first.session_state)
    expect(userOf((await demo.mint('demo', OFFLINE, person)).access_token)).toBe('rotating')
    expect((await demo.refresh(first.refresh_token)).status).toBe(200)
  })

  it('leaves who is signed in as it was when the password is wrong', async () => {
    const person = demo.browser()
    const { session_state } = await demo.mint('demo', OFFLINE, person)
    const form = await person.open(demo.authorizationUrl({ prompt: 'login' }))
    const again = await person.submit(form, { username: 'rotating', password: 'wrong' })
    expect(again.html).toContain('Invalid username or password.')
    expect((await demo.mint('demo', OFFLINE, person)).session_state).toBe(session_state)
  })

  it('answers prompt=none with a code', async () => {
    const person = demo.browser()
    const { session_state } = await demo.mint('demo', OFFLINE, person)
    const { url } = await person.open(demo.authorizationUrl({ prompt: 'none' }))
    expect((await demo.exchange(url)).json.session_state).toBe(session_state)
  })

  it('asks again when the sign-in is older than max_age, and tells the client when it was', async () => {
    const person = demo.browser()
    const { id_token } = await demo.mint('demo', OFFLINE, person)
    const authTime = decodeJwt(String(id_token)).auth_time
    now += 61_000
    expect(decodeJwt(String((await demo.mint('demo', OFFLINE, person)).id_token)).auth_time).toBe(authTime)
    expect(await showsForm(person, { scope: OFFLINE, max_age: '120' })).toBe(false)
    expect(await showsForm(person, { scope: OFFLINE, max_age: '60' })).toBe(true)
    const none = await person.open(demo.authorizationUrl({ scope: OFFLINE, max_age: '60', prompt: 'none' }))
    expect(none.url.searchParams.get('error')).toBe('login_required')
  })

  it('is forgotten after 30 minutes without use, and after 10 hours in any case', async () => {
    const person = demo.browser()
    await demo.mint('demo', OFFLINE, person)
    for (let use = 0; use < 20; use++) {
      now += 1790_000
      expect(await showsForm(person)).toBe(false)
    }
    now += 300_000
    expect(await showsForm(person)).toBe(true)

    await demo.mint('demo', OFFLINE, person)
    now += 1801_000
    expect(await showsForm(person)).toBe(true)
  })

  it('gives two tabs that finish together one grant', async () => {
    const person = demo.browser()
    const { refresh_token } = await demo.mint('demo', 'offline_access', person)
    await demo.post('revoke', { token: refresh_token })
    const callbacks = await Promise.all([1, 2].map(() => demo.signIn('demo', {}, person)))
    const [one, two] = await Promise.all(callbacks.map(async (callback) => (await demo.exchange(callback)).json))
    await demo.post('revoke', { token: String(one?.refresh_token) })
    expect(one?.session_state).toBe(two?.session_state)
    expect((await demo.introspect(String(two?.refresh_token))).json).toEqual({ active: false })
  })
})

describe('tokens that share a sid', () => {
  async function shared(username: string): Promise<[string, string, Browserless]> {
    const person = demo.browser()
    const [one, other] = [await demo.mint(username, OFFLINE, person), await demo.mint(username, OFFLINE, person)]
    expect(sidOf(one.refresh_token)).toBe(sidOf(other.refresh_token))
    return [one.refresh_token, other.refresh_token, person]
  }

  it.each(['demo', 'rotating'])('of the user %s all end when one is revoked', async (username) => {
    const [one, other] = await shared(username)
    const elsewhere = await demo.mint(username, OFFLINE)
    await demo.post('revoke', { token: one })
    for (const token of [one, other]) {
      expect(await refreshError(token)).toBe('Offline user session not found')
      expect((await demo.introspect(token)).json).toEqual({ active: false })
    }
    expect((await demo.refresh(elsewhere.refresh_token)).status).toBe(200)
  })

  it('all end when a one-time token is used twice', async () => {
    const [one, other] = await shared('rotating')
    expect((await demo.refresh(one)).status).toBe(200)
    expect(await refreshError(one)).toBe(REUSED)
    expect(await refreshError(other)).toBe("Session doesn't have required client")
  })

  it('do not disturb each other when each is refreshed in turn', async () => {
    let [one, other] = await shared('rotating')
    for (let turn = 0; turn < 3; turn++) {
      one = String((await demo.refresh(one)).json.refresh_token)
      other = String((await demo.refresh(other)).json.refresh_token)
    }
    for (const token of [one, other]) expect((await demo.introspect(token)).json.active).toBe(true)
    expect(sidOf(one)).toBe(sidOf(other))
  })

  it('leave the next token of the same sid alone, however often the dead ones are sent', async () => {
    for (const username of ['demo', 'rotating']) {
      const [one, , person] = await shared(username)
      await demo.post('revoke', { token: one })
      const next = await demo.mint(username, OFFLINE, person)
      expect(sidOf(next.refresh_token)).toBe(sidOf(one))
      await refreshError(one)
      await demo.post('revoke', { token: one })
      expect((await demo.refresh(next.refresh_token)).status).toBe(200)
    }
  })
})
