import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { type RunningApp, startApp } from '../support/app.js'
import { CHROMIUM, launchChromium, newPage, signInAtDemo } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'
import { describeWith, lacking } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'
import { type Dropping, startWithoutFetchMetadata } from '../support/without-fetch-metadata.js'

describeWith(lacking(CHROMIUM), 'a browser behind a proxy that drops Sec-Fetch-*', () => {
  let app: RunningApp
  let proxy: Dropping
  let browser: Browser

  beforeAll(async () => {
    const port = await freePort()
    proxy = await startWithoutFetchMetadata(() => port)
    app = await startApp({ BASE_URL: proxy.origin }, { port })
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser.close()
    await app.close()
    await proxy.close()
  })

  const unfolded = (page: Page) =>
    page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true
    })

  /** Opens the page of the tokens and presses a button of it. */
  const press = async (page: Page, button: string) => {
    await page.goto(`${proxy.origin}/profile`)
    await unfolded(page)
    await page.click(button)
  }

  /** What each form of our pages does when it is sent: the page that follows. */
  const FORMS: Record<string, (page: Page) => Promise<unknown>> = {
    '/auth/check': async (page) => {
      await page.goto(proxy.origin)
      await page.click('#check button')
      await page.waitForSelector('#outcome[data-ok=true]')
    },
    '/auth/token': async (page) => {
      const visitor = new Visitor({ url: proxy.origin })
      await visitor.signIn('demo', 'demo')
      const { refresh_token } = (await visitor.get('/profile', { accept: 'application/json' })).json
      await page.goto(proxy.origin)
      await unfolded(page)
      await page.fill('form[action="/auth/token"] [name=refresh_token]', refresh_token)
      await page.click('form[action="/auth/token"] button')
      await page.waitForURL(`${proxy.origin}/profile`)
    },
    '/auth/refresh': async (page) => {
      await press(page, '#refresh button')
      await page.waitForSelector('text=/Refreshed/')
    },
    '/auth/prove': async (page) => {
      await press(page, '#prove button')
      await page.waitForSelector('[data-verdict=reusable]')
    },
    '/auth/label': async (page) => {
      await page.goto(`${proxy.origin}/profile`)
      await unfolded(page)
      await page.fill('#label [name=label]', 'greenhouse 7')
      await page.click('#label button')
      await page.waitForSelector('text=greenhouse 7')
    },
    '/auth/forget': async (page) => {
      await press(page, '#forget button')
      await page.goto(`${proxy.origin}/profile`)
      expect(await page.textContent('main')).not.toContain('greenhouse 7')
    },
    '/auth/revoke': async (page) => {
      await press(page, '#revoke button')
      await page.waitForSelector('[data-verdict=invalid]')
    },
    '/auth/logout': async (page) => {
      await press(page, '#logout button')
      await page.waitForURL(`${proxy.origin}/`)
    },
  }

  const actionsOn = (page: Page): Promise<string[]> =>
    page
      .locator('form[method=post]')
      .evaluateAll((forms) => (forms as HTMLFormElement[]).map((form) => new URL(form.action).pathname))

  it('J6 every form works, since each tells its own origin', async () => {
    const page = await newPage(browser, { javaScriptEnabled: false })
    const seen = new Set<string>()
    await signInAtDemo(page, proxy.origin)
    for (const [action, send] of Object.entries(FORMS)) {
      for (const path of ['/', '/profile', '/profile/tokens']) {
        await page.goto(proxy.origin + path)
        for (const found of await actionsOn(page)) seen.add(found)
      }
      proxy.origins.length = 0
      await send(page)
      expect([action, proxy.origins]).toEqual([action, expect.arrayContaining([proxy.origin])])
      expect([action, await page.locator('main').textContent()]).toEqual([
        action,
        expect.not.stringContaining('cross_site'),
      ])
    }
    // A form that is new here has to be tried here.
    expect([...seen].filter((action) => !(action in FORMS))).toEqual([])
    await page.context().close()
  })
})
