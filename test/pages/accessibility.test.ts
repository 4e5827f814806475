import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { type RunningApp, startApp } from '../support/app.js'
import { CHROMIUM, launchChromium, newPage, signInAtDemo, waitForProof } from '../support/chromium.js'
import { describeWith, lacking } from '../support/tools.js'
import { everyPage } from './every-page.js'
import { type Site, site } from './fixtures.js'
import { show, unfold } from './show.js'

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Dark differs in colours alone. */
const SCHEMES = [
  ['light', ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']],
  ['dark', { type: 'rule', values: ['color-contrast'] }],
] as const

/** What axe finds wrong, in light and in dark: the rule and the elements. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const found: string[] = []
  for (const [colorScheme, runOnly] of SCHEMES) {
    await page.emulateMedia({ colorScheme })
    const { passes, violations }: AxeResults = await page.evaluate(`axe.run(${JSON.stringify({ runOnly })})`)
    if (!passes.some(({ id }) => id === 'color-contrast')) throw new Error('axe has looked at nothing')
    for (const { id, nodes } of violations) {
      found.push(...nodes.map(({ html, failureSummary }) => `${colorScheme} ${id}: ${html} ${failureSummary}`))
    }
  }
  return found
}

describeWith(lacking(CHROMIUM), 'accessibility', () => {
  let browser: Browser
  let app: RunningApp
  let here: Site

  beforeAll(async () => {
    ;[browser, app, here] = await Promise.all([launchChromium(), startApp(), site()])
  })
  afterAll(async () => {
    await browser.close()
    await Promise.all([app.close(), here.close()])
  })

  it('leaves axe nothing to complain about on any page, all of it unfolded, light and dark', async () => {
    const found: Record<string, string[]> = {}
    for (const [name, html] of Object.entries(await everyPage(here))) {
      const page = await show(browser, html)
      await unfold(page)
      found[name] = await violations(page)
      await page.context().close()
    }
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, []])))
  })

  it('leaves axe nothing to complain about at the demo provider', async () => {
    const page = await newPage(browser)
    await page.goto(`${app.url}/auth/oauth2`)
    expect(await violations(page)).toEqual([])
    await page.fill('[name=username]', 'demo')
    await page.fill('[name=password]', 'wrong')
    await page.click('[type=submit]')
    await page.waitForSelector('[role=alert]')
    expect(await violations(page)).toEqual([])
    await page.context().close()
  })

  it('goes by keyboard alone from the home page to the copied token, within 12 stops, each of them seen', async () => {
    const page = await newPage(browser, { permissions: ['clipboard-read', 'clipboard-write'] })
    const tabTo = async (selector: string) => {
      for (let stop = 1; ; stop++) {
        await page.keyboard.press('Tab')
        const [there, seen] = await page.evaluate((wanted) => {
          const at = document.activeElement as HTMLElement
          const { outlineStyle, outlineWidth } = getComputedStyle(at)
          return [at.matches(wanted), outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2]
        }, selector)
        expect(seen).toBe(true)
        if (there) return stop
        if (stop > 40) throw new Error(`${selector} was not reached by keyboard`)
      }
    }
    await page.goto(app.url)
    await tabTo('a[href="/auth/oauth2"]')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[name=username]')
    await page.keyboard.type('demo')
    await tabTo('[name=password]')
    await page.keyboard.type('demo')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${app.url}/profile`)
    await waitForProof(page)

    await page.goto(`${app.url}/profile`)
    expect(await tabTo('[data-copy="#refresh-token"]')).toBeLessThanOrEqual(12)
    await page.keyboard.press('Enter')
    await page.waitForSelector('[role=status]:has-text("Copied the refresh token.")')
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(await page.inputValue('#refresh-token'))

    await tabTo('[data-show]')
    await page.keyboard.press('Space')
    expect(
      await page
        .locator('#refresh-token')
        .evaluate((field) => getComputedStyle(field).getPropertyValue('-webkit-text-security')),
    ).toBe('none')

    await tabTo('#refresh button')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[role=status]:has-text("Refreshed")')
    expect(await page.evaluate('document.activeElement.matches("#refresh button")')).toBe(true)
    expect(
      await page
        .locator('#refresh-token')
        .evaluate((field) => getComputedStyle(field).getPropertyValue('-webkit-text-security')),
    ).toBe('none')
    await page.context().close()
  })

  it('says a failure to everybody, and leaves it on the page until it is drawn anew', async () => {
    const page = await newPage(browser, { bypassCSP: true })
    await signInAtDemo(page, app.url)
    await waitForProof(page)
    await page.route('**/auth/refresh', (route) => route.abort())
    await page.click('#refresh button')
    await page.waitForSelector('[role=status]:has-text("This app did not answer")')
    await page.waitForSelector('[role=status]:empty', { state: 'attached' })
    expect(await page.textContent('#failure')).toContain('This app did not answer')
    expect(await violations(page)).toEqual([])
    await page.unroute('**/auth/refresh')
    await page.click('#refresh button')
    await page.waitForSelector('[role=status]:has-text("Refreshed")')
    expect(await page.locator('#failure').count()).toBe(0)
    await page.context().close()
  })
})
