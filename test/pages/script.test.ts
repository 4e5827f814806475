import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { type RunningApp, startApp } from '../support/app.js'
import { CHROMIUM, launchChromium, newPage, signInAtDemo, waitForProof } from '../support/chromium.js'
import { describeWith, lacking } from '../support/tools.js'

describeWith(lacking(CHROMIUM), 'with JavaScript', () => {
  let app: RunningApp
  let browser: Browser

  beforeAll(async () => {
    app = await startApp()
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser.close()
    await app.close()
  })

  /** Every POST from here on, by its path. */
  function posts(page: Page): string[] {
    const seen: string[] = []
    page.on('request', (request) => {
      if (request.method() === 'POST') seen.push(new URL(request.url()).pathname)
    })
    return seen
  }

  it('runs the proof once after the sign-in, and never again by itself', async () => {
    const page = await newPage(browser)
    const seen = posts(page)
    await signInAtDemo(page, app.url)
    expect(await page.textContent('.card')).toContain('Test it before you copy it')
    await waitForProof(page)
    expect(await page.textContent('.card')).not.toContain('Test it before you copy it')
    await page.reload({ waitUntil: 'networkidle' })
    expect(seen.filter((path) => path === '/auth/prove')).toHaveLength(1)
    await page.context().close()
  })

  it('does not try again by itself a proof that could not be run', async () => {
    const page = await newPage(browser)
    const seen = posts(page)
    await page.route('**/auth/prove', (route) =>
      route.fulfill({
        status: 504,
        contentType: 'application/problem+json',
        body: JSON.stringify({ title: 'The provider took too long', detail: 'No answer.', hint: null }),
      }),
    )
    await signInAtDemo(page, app.url)
    await page.waitForSelector('[role=status]:has-text("The provider took too long")')
    await page.reload({ waitUntil: 'networkidle' })
    expect(seen.filter((path) => path === '/auth/prove')).toHaveLength(1)
    expect(await page.getAttribute('#verdict', 'data-verdict')).toBe('')
    await page.context().close()
  })

  it('counts the access token down', async () => {
    const page = await newPage(browser)
    await signInAtDemo(page, app.url)
    await waitForProof(page)
    const left = async () => {
      const [, minutes, seconds] = /valid for (\d+):(\d\d)/.exec((await page.textContent('[data-seconds]')) ?? '') ?? []
      return Number(minutes) * 60 + Number(seconds)
    }
    const before = await left()
    expect(before).toBeGreaterThan(200)
    await page.waitForTimeout(2_100)
    const gone = before - (await left())
    expect(gone).toBeGreaterThanOrEqual(2)
    expect(gone).toBeLessThan(60)
    await page.context().close()
  })

  it('asks before a one-time token that has left for a device is refreshed here', async () => {
    const page = await newPage(browser)
    const seen = posts(page)
    await signInAtDemo(page, app.url, 'rotating')
    await waitForProof(page)
    await page.click('a[href$="place=linux#run"]')
    await Promise.all([page.waitForEvent('download'), page.click('article a[href*="/sh?"]')])
    await page.waitForSelector('#refresh[data-ask]')
    const token = await page.inputValue('#refresh-token')

    expect(await asked(page, 'article a[href*="/sh?"]')).toContain('only one device may have it')
    expect(await asked(page, '#refresh button')).toContain('the one in the device stops working')
    expect(seen.filter((path) => path === '/auth/refresh')).toEqual([])
    expect(await page.inputValue('#refresh-token')).toBe(token)

    page.once('dialog', (dialog) => dialog.accept())
    await page.click('#refresh button')
    await page.waitForSelector('[role=status]:has-text("Refreshed: the provider sent another refresh token.")')
    expect(await page.inputValue('#refresh-token')).not.toBe(token)
    await page.context().close()
  })

  it('leaves each fold as it was when the page is drawn again', async () => {
    const page = await newPage(browser)
    await signInAtDemo(page, app.url)
    await waitForProof(page)
    await page.click('a[href$="place=linux#run"]')
    await page.waitForSelector('.recipe')
    const open = () =>
      page
        .locator('.recipe details')
        .evaluateAll((all) => all.filter((one) => one.hasAttribute('open')).map(({ id }) => id))
    expect(await open()).toEqual([])
    await page.click('#about-file-sh > summary')
    await page.click('#way-2-1 > summary')
    await page.click('#paste-file-json > summary')
    await page.click('#refresh button')
    await page.waitForSelector('[role=status]:has-text("Refreshed")')
    expect(await open()).toEqual(['about-file-sh', 'way-2-1', 'paste-file-json'])
    await page.click('a[href$="place=esp32#run"]')
    await page.waitForSelector('#about-file-arduino')
    expect(await open()).toEqual([])
    await page.context().close()
  })

  it('takes what was copied for handed over, as a file and as the token alone', async () => {
    const page = await newPage(browser, { permissions: ['clipboard-read', 'clipboard-write'] })
    await signInAtDemo(page, app.url, 'rotating')
    await waitForProof(page)

    expect(await page.getAttribute('#refresh', 'data-ask')).toBeNull()
    await page.click('[data-copy="#refresh-token"]')
    await page.waitForSelector('[role=status]:has-text("Copied the refresh token.")')
    expect(await asked(page, '#refresh button')).toContain('If you refresh it here, the copy no longer works')
    await page.reload()
    expect(await asked(page, '#prove button')).toContain('If you refresh it here, the copy no longer works')

    await page.click('a[href$="place=linux#run"]')
    await page.click('#about-file-sh > summary')
    await page.check('article:has(#file-sh) [data-show]')
    await page.click('[data-copy="#file-sh"]')
    await page.waitForSelector('#run .notice:has-text("Downloaded as sh")')
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toContain(
      `export OAUTH2_REFRESH_TOKEN=${await page.inputValue('#refresh-token')}\n`,
    )
    expect(await page.isChecked('article:has(#file-sh) [data-show]')).toBe(true)
    expect(await page.evaluate('document.activeElement.dataset.copy')).toBe('#file-sh')
    await page.click('#paste-file-sh > summary')
    for (const again of ['#file-sh', '#lines-file-sh', '#refresh-token']) {
      expect(await asked(page, `[data-copy="${again}"]`)).toContain('only one device may have it')
    }
    expect(await asked(page, '#refresh button')).toContain('the one in the device stops working')
    await page.context().close()
  })

  it('hands over a new token that the store did not take, instead of losing it', async () => {
    const page = await newPage(browser, { permissions: ['clipboard-read', 'clipboard-write'] })
    await signInAtDemo(page, app.url)
    await waitForProof(page)
    await page.route('**/auth/refresh', (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          title: "We can't reach the session store",
          detail: 'The provider gave a new token, and we could not save it.',
          hint: 'Copy this refresh token now.',
          refresh_token: 'the-only-copy',
          stored: false,
        }),
      }),
    )
    await page.click('#refresh button')
    await page.waitForSelector('[role=status]:has-text("Copy this refresh token now.")')
    await page.click('[data-copy="#refresh-token"]')
    await page.waitForSelector('[role=status]:has-text("Copied the refresh token.")')
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('the-only-copy')
    await page.context().close()
  })

  it('calls nothing proven that the provider refuses', async () => {
    const page = await newPage(browser)
    await page.goto(app.url)
    await page.click('#bring >> xpath=.. >> summary')
    await page.fill('#bring-token', 'made-up')
    await page.click('#bring button')
    await page.click('#prove button')
    await page.waitForSelector('[role=status]:has-text("Dead.")')
    expect(await page.textContent('[role=status]')).toBe('Dead.')
    expect(await page.textContent('.card')).not.toContain('No end is known')
    await page.context().close()
  })

  it('goes home when the session has ended meanwhile', async () => {
    const page = await newPage(browser)
    await signInAtDemo(page, app.url)
    await waitForProof(page)
    await page.context().clearCookies()
    await page.click('#refresh button')
    await page.waitForURL(`${app.url}/`)
    await page.context().close()
  })

  it('tells whoever copies a one-time token that it is one', async () => {
    const page = await newPage(browser, { permissions: ['clipboard-write'] })
    await signInAtDemo(page, app.url, 'rotating')
    await waitForProof(page)
    await page.click('[data-copy="#refresh-token"]')
    await page.waitForSelector('[role=status]:has-text("Copied the refresh token. It is one-time")')
    await page.context().close()
  })

  it('breaks none of its own rules: no error, nothing that the content security policy had to stop', async () => {
    const page = await newPage(browser)
    const wrong: string[] = []
    page.on('pageerror', (error) => wrong.push(error.message))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) wrong.push(message.text())
    })
    await page.goto(app.url)
    await page.click('#check button')
    await page.waitForSelector('#outcome')
    await signInAtDemo(page, app.url)
    await waitForProof(page)
    for (const place of ['linux', 'containers', 'esp32', 'python-board', 'home-automation', 'other']) {
      await page.click(`a[href$="place=${place}#run"]`)
      await page.waitForSelector(`a[href$="place=${place}#run"][aria-current]`)
    }
    await page.click('#refresh button')
    await page.waitForSelector('[role=status]:has-text("Refreshed")')
    expect(wrong).toEqual([])
    await page.context().close()
  })
})

/** What the page asks when this is clicked; the answer is no. */
async function asked(page: Page, selector: string): Promise<string> {
  const dialog = page.waitForEvent('dialog')
  const click = page.click(selector)
  await (await dialog).dismiss()
  await click
  return (await dialog).message()
}
