import { jest } from '@jest/globals'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { closeLater } from './closing.js'

// A browser on a busy machine takes its time.
jest.setTimeout(180_000)

/** The command to look for on the PATH: `lacking(CHROMIUM)`. */
export const CHROMIUM = 'chromium'

/** Debian's Chromium, which asks nobody on the network anything by itself. */
export async function launchChromium(further: string[] = []): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: `/usr/bin/${CHROMIUM}`,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--font-render-hinting=none',
      ...further,
    ],
  })
  closeLater(() => browser.close())
  return browser
}

/** A page in a browser profile of its own, as one person has it. */
export async function newPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(120_000)
  return context.newPage()
}

/** From the home page through the demo's sign-in to the tokens. */
export async function signInAtDemo(page: Page, baseUrl: string, username = 'demo'): Promise<void> {
  await page.goto(baseUrl)
  await page.click('a[href="/auth/oauth2"]')
  await page.fill('[name=username]', username)
  await page.fill('[name=password]', 'demo')
  await page.click('[type=submit]')
  await page.waitForURL(`${baseUrl}/profile`)
}

/** Waits until the proof that runs by itself has come to its verdict. */
export async function waitForProof(page: Page): Promise<void> {
  await page.waitForSelector('#verdict:not([data-verdict=""])', { timeout: 60_000 })
}
