import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { DEMO_USERS } from '../../server/config/demo-realm.js'
import { Browserless } from '../support/browserless-sign-in.js'
import { type Demo, startDemo } from './start-demo.js'

let demo: Demo
beforeAll(async () => {
  demo = await startDemo({ stylesheet: '/app.css' })
})
afterAll(() => demo.close())

const browser = () => new Browserless(demo.redirectUri)
const credentials = { username: 'demo', password: 'demo' }

describe('the sign-in page', () => {
  it('asks for a username and a password in labelled, empty fields', async () => {
    const { status, html } = await browser().open(demo.authorizationUrl())
    expect(status).toBe(200)
    expect(html).toMatch(/<html lang="en">/)
    expect(html).toMatch(/<title>Sign in to the demo provider<\/title>/)
    expect(html.match(/<h1>/g)).toHaveLength(1)
    for (const field of ['username', 'password']) {
      expect(html).toMatch(new RegExp(`<label for="${field}">[^<]+</label>\\s*<input id="${field}" name="${field}"`))
    }
    expect(html.match(/value="([^"]*)"/)?.[1]).toBe('')
    expect(html).not.toContain('role="alert"')
  })

  it('lists everybody who can sign in, and says that it is for trying out', async () => {
    const { html } = await browser().open(demo.authorizationUrl())
    for (const { username, password } of DEMO_USERS) {
      expect(html).toContain(`<code>${username}</code>, password <code>${password}</code>`)
    }
    expect(html).toContain('for the demo only')
  })

  it('has no script, takes nothing from elsewhere, and can be neither framed nor kept', async () => {
    const { html, headers } = await browser().open(demo.authorizationUrl())
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' ${demo.baseUrl}; frame-ancestors 'none'; base-uri 'none'`,
    )
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(html).not.toMatch(/<script|<style|\sstyle=|\son\w+=|https?:/i)
    expect(html).toContain('<link rel="stylesheet" href="/app.css">')
  })

  it('links no stylesheet when there is none', async () => {
    const plain = await startDemo()
    try {
      expect((await new Browserless(plain.redirectUri).open(plain.authorizationUrl())).html).not.toContain('<link')
    } finally {
      await plain.close()
    }
  })

  it('says so when the password is wrong, keeps the username, and takes a second try', async () => {
    const person = browser()
    const form = await person.open(demo.authorizationUrl())
    const again = await person.submit(form, { username: '<b>"demo', password: 'wrong' })
    expect(again.status).toBe(200)
    expect(again.html).toMatch(/role="alert"[^>]*>Invalid username or password\.</)
    expect(again.html).toContain('value="&lt;b&gt;&#34;demo"')
    const done = await person.submit(again, credentials)
    expect(done.url.searchParams.get('code')).toMatch(/./)
  })

  it.each(['login', 'select_account', 'consent', 'login consent'])('takes prompt=%s', async (prompt) => {
    expect((await demo.exchange(await demo.signIn('demo', { prompt }))).json.refresh_expires_in).toBe(0)
  })

  it('serves two sign-ins in the same browser side by side', async () => {
    const person = browser()
    const [one, two] = [await person.open(demo.authorizationUrl()), await person.open(demo.authorizationUrl())]
    for (const form of [one, two]) {
      expect((await person.submit(form, credentials)).url.searchParams.get('code')).toMatch(/./)
    }
  })
})

describe('a sign-in link that is over', () => {
  const startAgain = () => new RegExp(`<a class="button primary" href="${demo.baseUrl}/">Start again</a>`)

  it('leads back to the start when it was used already, is of another browser, or is made up', async () => {
    const person = browser()
    const form = await person.open(demo.authorizationUrl())
    const waiting = await person.open(demo.authorizationUrl())
    await person.submit(form, credentials)
    const pages = [
      await person.open(form.url),
      await person.submit(form, credentials),
      await browser().open(waiting.url),
      await browser().open(`${demo.issuer}/login-actions/authenticate/made-up`),
      await browser().open(`${demo.endpoint('auth')}/made-up`),
    ]
    for (const { status, html } of pages) {
      expect(status).toBe(400)
      expect(html).toContain('This sign-in is over')
      expect(html).toMatch(startAgain())
      expect(html).not.toMatch(/node_modules|at \w+ \(/)
    }
    expect(demo.errors).toEqual([])
  })

  it('leads back to the start after ten minutes', async () => {
    let now = Date.now()
    const later = await startDemo({ clock: () => now })
    try {
      const person = new Browserless(later.redirectUri)
      const form = await person.open(later.authorizationUrl())
      now += 601_000
      const { status, html } = await person.submit(form, credentials)
      expect({ status, over: html.includes('This sign-in is over') }).toEqual({ status: 400, over: true })
    } finally {
      await later.close()
    }
  })
})

describe('an authorization request that is wrong', () => {
  it.each([
    ['of an unknown client', { client_id: 'nobody' }, 'Client not found.'],
    ['without a client', { client_id: undefined }, 'client_id'],
    ['with another redirect URI', { redirect_uri: 'http://localhost:1/elsewhere' }, 'Invalid parameter: redirect_uri'],
    ['with no redirect URI', { redirect_uri: undefined }, 'redirect_uri'],
  ])('%s ends on a page, status 400, and never at the callback', async (_what, parameters, text) => {
    const { status, html, headers } = await browser().open(demo.authorizationUrl(parameters))
    expect(status).toBe(400)
    expect(html).toContain(text)
    expect(headers.get('content-type')).toContain('text/html')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  it.each([
    ['an unknown scope', { scope: 'offline_access nonsense' }, 'invalid_scope', 'Invalid scopes: nonsense'],
    ['another response type', { response_type: 'none' }, 'unsupported_response_type', null],
    ['plain PKCE', { code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' }, 'invalid_request', null],
    ['prompt=none', { prompt: 'none' }, 'login_required', null],
    ['another resource', { resource: 'urn:another' }, 'invalid_target', null],
  ])('goes to the callback with the error, for %s', async (_what, parameters, error, description) => {
    const { url } = await browser().open(demo.authorizationUrl({ state: 's', ...parameters }))
    expect(url.href.startsWith(demo.redirectUri)).toBe(true)
    expect(url.searchParams.get('error')).toBe(error)
    expect(url.searchParams.get('state')).toBe('s')
    expect(url.searchParams.get('iss')).toBe(demo.issuer)
    if (description) expect(url.searchParams.get('error_description')).toBe(description)
  })
})

describe('by which name it goes', () => {
  it.each(['localhost', '127.0.0.1', '[::1]'])(
    'works at %s, and knows the callback by the other names too',
    async (host) => {
      const there = await startDemo({ host })
      try {
        const { port } = new URL(there.baseUrl)
        expect(await there.mint()).toMatchObject({ refresh_expires_in: 0 })
        for (const name of ['localhost', '127.0.0.1', '[::1]']) {
          const redirect_uri = `http://${name}:${port}/auth/oauth2/callback`
          const { status } = await new Browserless(redirect_uri).open(there.authorizationUrl({ redirect_uri }))
          expect({ name, status }).toEqual({ name, status: 200 })
        }
      } finally {
        await there.close()
      }
    },
  )
})
