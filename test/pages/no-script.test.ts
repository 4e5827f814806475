import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { authorize, startFakeProvider } from '../check/fake-provider.js'
import { type RunningApp, startApp } from '../support/app.js'
import { CHROMIUM, launchChromium, newPage, signInAtDemo } from '../support/chromium.js'
import { describeWith, lacking } from '../support/tools.js'

describeWith(lacking(CHROMIUM), 'without JavaScript', () => {
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

  it('leads the whole way by links and forms', async () => {
    const page = await newPage(browser, { javaScriptEnabled: false })
    await page.goto(app.url)
    await page.click('#check button')
    await page.waitForSelector('#outcome[data-ok=true]')

    await signInAtDemo(page, app.url)
    expect(await page.getAttribute('#verdict', 'data-verdict')).toBe('')
    await page.click('#prove button')
    await page.waitForSelector('[data-verdict=reusable]')

    // Masked, and shown by a tick alone; there is no copy button that would do nothing.
    const masked = () =>
      page
        .locator('#refresh-token')
        .evaluate((field) => getComputedStyle(field).getPropertyValue('-webkit-text-security'))
    expect(await masked()).toBe('disc')
    await page.check('.card [data-show]')
    expect(await masked()).toBe('none')
    expect(await page.locator('[data-copy="#refresh-token"]').isVisible()).toBe(false)
    const token = await page.inputValue('#refresh-token')

    await page.click('a[href$="place=linux#run"]')
    expect(JSON.parse((await page.textContent('#file-json')) as string).refresh_token).toBe(token)
    await page.click('#way-2-1 > summary')
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('article a[href*="/json?"]')])
    expect(download.suggestedFilename()).toBe('config.json')
    expect(JSON.parse(await readFile(await download.path(), 'utf8'))).toMatchObject({ refresh_token: token })

    await page.click('#raw-requests summary')
    await page.click('[name=auth_method][value=client_secret_post]')
    await page.waitForURL(/\/profile\?id=/)
    expect(await page.textContent('.card')).toContain('Refreshed just now')

    await page.click('details.danger summary')
    await page.click('#revoke button')
    await page.waitForSelector('[data-verdict=invalid]')
    await page.click('#logout button')
    expect(await page.textContent('main')).toContain('You have signed out.')
    await page.context().close()
  })

  it('shows each check that is still running, until its result comes', async () => {
    let answer = () => {}
    const mayAnswer = new Promise<void>((resolve) => {
      answer = resolve
    })
    const refuse = authorize({ client: 'another' })
    const provider = await startFakeProvider({ '/auth': (asked) => mayAnswer.then(() => refuse(asked)) })
    const checking = await startApp(provider.env)
    const page = await newPage(browser, { javaScriptEnabled: false })
    await page.goto(checking.url)
    await page.click('#check button', { noWaitAfter: true })
    await page.waitForSelector('[data-check=discovery]')
    const running = () =>
      page
        .locator('[data-wait]')
        .evaluateAll((rows) =>
          rows.flatMap((row) => (getComputedStyle(row).display === 'none' ? [] : row.getAttribute('data-wait'))),
        )
    expect(await running()).toContain('authorization_request')
    expect(await running()).not.toContain('discovery')
    answer()
    await page.waitForSelector('#outcome[data-ok=false]')
    expect(await running()).toEqual([])
    await page.context().close()
    await checking.close()
    await provider.close()
  })

  it('takes a token that someone has already', async () => {
    const page = await newPage(browser, { javaScriptEnabled: false })
    await page.goto(app.url)
    await page.click('text=Already have a refresh token?')
    await page.fill('#bring-token', ' 1//0g-brought ')
    await page.click('#bring button')
    await page.waitForURL(`${app.url}/profile`)
    expect(await page.inputValue('#refresh-token')).toBe('1//0g-brought')
    expect(await page.textContent('#verdict')).toContain('We have not refreshed it.')
    await page.goto(app.url)
    expect(await page.textContent('main')).not.toContain('Your session here has ended.')
    expect(await page.locator('main .primary').allTextContents()).toEqual(['Your tokens'])
    await page.context().close()
  })
})
