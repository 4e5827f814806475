import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { type RunningApp, startApp } from '../support/app.js'
import { CHROMIUM, launchChromium, newPage, signInAtDemo, waitForProof } from '../support/chromium.js'
import { describeWith, lacking } from '../support/tools.js'

describeWith(lacking(CHROMIUM), 'the weight of the profile page', () => {
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

  it('is one TCP window, 14,600 bytes with headers; script and style are 10,000 together, and nothing else is asked for', async () => {
    const page = await newPage(browser)
    await signInAtDemo(page, app.url)
    await waitForProof(page)

    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Network.enable')
    await devtools.send('Network.setCacheDisabled', { cacheDisabled: true })
    const urls = new Map<string, string>()
    const bytes = new Map<string, number>()
    devtools.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, request.url))
    devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      bytes.set(urls.get(requestId) as string, encodedDataLength)
    })
    await page.goto(`${app.url}/profile`, { waitUntil: 'networkidle' })

    const loaded = [...bytes].filter(([url]) => !url.includes('/icon.'))
    expect(loaded).toHaveLength(3)
    expect(loaded.filter(([url]) => !url.startsWith(`${app.url}/`))).toEqual([])
    const [html, assets] = [true, false].map((wanted) =>
      loaded.filter(([url]) => url.endsWith('/profile') === wanted).reduce((total, [, length]) => total + length, 0),
    ) as [number, number]
    expect(html).toBeLessThanOrEqual(14_600)
    expect(assets).toBeLessThanOrEqual(10_000)
    // Proven and with everything folded in it, tokens as long as Keycloak's: a page of less would prove nothing.
    const tokens = await page
      .locator('textarea.value')
      .evaluateAll((all) => all.map((one) => (one as HTMLTextAreaElement).value.length))
    expect(tokens.map((length) => length > 600)).toEqual([true, true])
    expect(html).toBeGreaterThan(5_000)
  })
})
