import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type RunningApp, startApp } from '../support/app.js'
import { type Browser, ENGINES } from '../support/engines.js'
import { KEYCLOAK_START, type Keycloak, startKeycloak, USERS } from '../support/keycloak.js'
import { describeWith, lacking, lackingJava } from '../support/tools.js'
import { pause } from '../support/wait.js'

for (const { name, needs, launch } of ENGINES) {
  describeWith(lacking(...needs), `the whole way in ${name}`, () => {
    let app: RunningApp
    let browser: Browser

    beforeAll(async () => {
      app = await startApp()
      browser = await launch()
    })
    afterAll(async () => {
      await browser?.close()
      await app.close()
    })

    const until = (expression: string) => within(browser, expression)
    const said = (words: string) =>
      until(`document.querySelector('[role=status]').textContent.includes(${JSON.stringify(words)})`)
    const refreshToken = () => browser.evaluate<string>(`document.querySelector('#refresh-token').value`)

    it('A1 E2 leads from the home page to a proven token, into a device, and out again', async () => {
      await browser.open(app.url)
      await browser.click('#check button')
      await until(`document.querySelector('#outcome')?.dataset.ok === 'true'`)

      await browser.open(app.url)
      await browser.click('a[href="/auth/oauth2"]')
      await until(`document.querySelector('[name=username]') !== null`)
      await browser.type('[name=username]', 'demo')
      await browser.type('[name=password]', 'demo')
      await browser.click('[type=submit]')
      // Nothing of the callback is left in the address, and both tokens are there.
      await until(`location.href === ${JSON.stringify(`${app.url}/profile`)}`)
      await until(`document.querySelector('#verdict') !== null`)
      const accessToken = await browser.evaluate<string>(`document.querySelector('#access-token').value`)
      expect([accessToken, await refreshToken()]).toEqual([
        expect.stringMatching(/^eyJ/),
        expect.stringMatching(/^eyJ/),
      ])

      // The proof runs by itself, and once only.
      await until(`document.querySelector('#verdict')?.dataset.verdict === 'reusable'`)
      await said('Tested. Reusable.')
      const token = await refreshToken()
      await browser.open(`${app.url}/profile`)
      await pause(500)
      expect(await refreshToken()).toBe(token)

      // Copied whole without being shown.
      expect(
        await browser.evaluate(`getComputedStyle(document.querySelector('#refresh-token')).webkitTextSecurity`),
      ).toBe('disc')
      await browser.click('[data-copy="#refresh-token"]')
      await said('Copied the refresh token.')
      await browser.open(app.url)
      await browser.evaluate(`document.querySelector('#bring-token').closest('details').open = true`)
      await browser.paste('#bring-token')
      await until(`document.querySelector('#bring-token').value !== ''`)
      expect(await browser.evaluate(`document.querySelector('#bring-token').value`)).toBe(token)

      await browser.open(`${app.url}/profile`)
      await browser.click('a[href$="place=linux#run"]')
      await until(`document.querySelector('#file-json') !== null`)
      expect(await browser.evaluate(`JSON.parse(document.querySelector('#file-json').textContent).refresh_token`)).toBe(
        token,
      )
      const file = await browser.evaluate<string>(
        `fetch(document.querySelector('article a[href*="/json?"]').href).then((answer) => answer.text())`,
      )
      expect(JSON.parse(file)).toMatchObject({ refresh_token: token, refresh_token_usage: 'keep' })

      // In place: what was unfolded stays so.
      await browser.click('#access summary')
      await browser.click('#refresh button')
      await said('Refreshed')
      expect(await browser.evaluate(`document.querySelector('#access').open`)).toBe(true)
      expect(await browser.evaluate(`document.querySelector('#file-json') !== null`)).toBe(true)
      expect(await refreshToken()).not.toBe(token)

      await browser.click('details.danger summary')
      await browser.click('#revoke button')
      await until(`document.querySelector('#verdict')?.dataset.verdict === 'invalid'`)
      await browser.click('#logout button')
      await until(`document.body.textContent.includes('You have signed out')`)
    })
  })
  describeWith(lacking(...needs) ?? lackingJava(), `a sign-in at Keycloak in ${name}`, () => {
    let keycloak: Keycloak
    let app: RunningApp
    let browser: Browser

    beforeAll(async () => {
      keycloak = await startKeycloak('26.7.2')
      app = await startApp(keycloak.env())
      browser = await launch()
    }, KEYCLOAK_START)
    afterAll(async () => {
      await browser?.close()
      await app?.close()
      await keycloak?.stop()
    })

    it('A1 begins with PKCE and the configured callback, and ends with both tokens and nothing left in the address', async () => {
      const { username, password } = USERS.alice
      await browser.open(app.url)
      await browser.click('a[href="/auth/oauth2"]')
      await within(browser, `document.querySelector('#kc-login') !== null`)
      const asked = new URL(await browser.evaluate<string>('location.href')).searchParams
      expect(Object.fromEntries(asked)).toMatchObject({
        response_type: 'code',
        code_challenge_method: 'S256',
        code_challenge: expect.stringMatching(/^[\w-]{43}$/),
        state: expect.stringMatching(/^[\w-]{43}$/),
        redirect_uri: `${app.url}/auth/oauth2/callback`,
      })
      await browser.type('#username', username)
      await browser.type('#password', password)
      await browser.click('#kc-login')
      await within(browser, `document.querySelector('#verdict')?.dataset.verdict === 'reusable'`)
      expect(await browser.evaluate('location.href')).toBe(`${app.url}/profile`)
      for (const id of ['access-token', 'refresh-token']) {
        expect(await browser.evaluate(`document.querySelector('#${id}').value`)).toMatch(/^eyJ/)
      }
    }, 120_000)
  })
}

/** Waits for an expression to hold in the page. */
async function within(browser: Browser, expression: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    // While a page gives way to the next, there is none to ask.
    if (await browser.evaluate(expression).catch(() => false)) return
    await pause(100)
  }
  throw new Error(`waited a minute for ${expression}: ${await browser.evaluate('document.body.innerText')}`)
}
