import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { CHROMIUM, launchChromium } from '../support/chromium.js'
import { describeWith, lacking } from '../support/tools.js'
import { everyPage } from './every-page.js'
import { jwt, NOW, proven, type Site, site } from './fixtures.js'
import { show, unfold } from './show.js'

const WIDTHS = [320, 360, 768, 1280, 2560]

/** What sticks out of the window to the right or left; what scrolls by itself may hold more than it shows. */
const sticksOut = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const scrolls = (element: Element) => element.closest('pre, textarea, .roles') !== null
    const unseen = (element: Element) => element.closest('.unseen, .skip') !== null
    return [...document.body.querySelectorAll('*')]
      .filter((element) => !scrolls(element) && !unseen(element))
      .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect()
        return width > 0 && (left < -1 || right > document.documentElement.clientWidth + 1)
      })
      .map((element) => element.outerHTML.slice(0, 120))
  })

/** Controls that lie over each other. */
const overlaps = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const controls = [...document.querySelectorAll('main a, main button, main textarea, main summary, nav a, .brand')]
    const boxes = controls.map((control) => ({ control, box: control.getBoundingClientRect() }))
    return boxes.flatMap(({ control, box }, i) =>
      boxes
        .slice(i + 1)
        .filter(({ control: other, box: at }) => {
          if (control.contains(other) || box.width === 0 || at.width === 0) return false
          const wide = Math.min(box.right, at.right) - Math.max(box.left, at.left)
          const high = Math.min(box.bottom, at.bottom) - Math.max(box.top, at.top)
          return (
            wide > 2 &&
            high > 2 &&
            getComputedStyle(control).display !== 'inline' &&
            getComputedStyle(other).display !== 'inline'
          )
        })
        .map(({ control: other }) => `${control.outerHTML.slice(0, 80)} and ${other.outerHTML.slice(0, 80)}`),
    )
  })

describeWith(lacking(CHROMIUM), 'the layout', () => {
  let browser: Browser
  /** Its owner reads text of twice the size. */
  let enlarged: Browser
  let here: Site
  let everything: Record<string, string>

  beforeAll(async () => {
    ;[browser, enlarged, here] = await Promise.all([
      launchChromium(),
      launchChromium(['--blink-settings=defaultFontSize=32,defaultFixedFontSize=26']),
      site(),
    ])
    const name = 'x'.repeat(200)
    everything = {
      ...(await everyPage(here)),
      'profile with names of 200 characters, 900 roles and 16 kB': await here.profile(
        proven('reusable', {
          access_token: jwt({ long: 'x'.repeat(12_000) }),
          scope: name,
          who: {
            username: name,
            subject: name,
            email: `${name}@example.org`,
            realm_roles: Array.from({ length: 900 }, (_, i) => `role-${i}`),
            client_roles: { [name]: [name] },
          },
        }),
        'linux',
      ),
      'profile with a name that turns the writing around': await here.profile(
        proven('reusable', {
          who: {
            username: '\u202egnp.exe \u05d3\u05e0\u05d4 \u0645\u0631\u062d\u0628\u0627',
            subject: '\u202e1-u',
            email: null,
            realm_roles: ['\u202eelor'],
            client_roles: {},
          },
          dead: { reason: 'invalid_grant', error: 'invalid_grant', error_description: '\u202eegasseм', at: NOW },
        }),
      ),
    }
  })
  afterAll(async () => {
    await Promise.all([browser.close(), enlarged.close(), here.close()])
  })

  it.each([
    ['100 %', '16px', () => browser],
    ['200 %', '32px', () => enlarged],
  ])('fits every width from 320 to 2560 pixels with text of %s', async (_, fontSize, chosen) => {
    const wrong: Record<string, string[]> = {}
    for (const [name, html] of Object.entries(everything)) {
      const page = await show(chosen(), html)
      expect(await page.evaluate(() => getComputedStyle(document.body).fontSize)).toBe(fontSize)
      await unfold(page)
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 })
        const found = [...(await sticksOut(page)), ...(await overlaps(page))]
        if (found.length > 0) wrong[`${name} at ${width}`] = found
      }
      await page.context().close()
    }
    expect(wrong).toEqual({})
  })

  it('keeps the text column readable on a very wide screen', async () => {
    const page = await show(browser, everything['profile, reusable'] as string, {
      viewport: { width: 2560, height: 1200 },
    })
    const { left, right } = await page.locator('main').evaluate((main) => main.getBoundingClientRect())
    expect(right - left).toBeLessThan(1000)
    await page.context().close()
  })

  it('shows in forced colours which place is chosen and where one stands', async () => {
    const page = await show(browser, everything['profile, reusable'] as string, { forcedColors: 'active' })
    const outline = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).outlineStyle)
    expect(await outline('.choices [aria-current]')).toBe('solid')
    expect(await outline('.choices a:not([aria-current])')).toBe('none')
    const dot = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => {
          const { backgroundColor, borderWidth, content } = getComputedStyle(element, '::before')
          return [backgroundColor, borderWidth, content].join()
        })
    const dots = await Promise.all(['done', 'now', 'ahead'].map((state) => dot(`nav .${state}`)))
    expect(new Set(dots).size).toBe(3)
    await page.context().close()
  })

  it('leads past the way without moving the page', async () => {
    for (const width of WIDTHS) {
      const page = await show(browser, everything['profile, reusable'] as string, { viewport: { width, height: 800 } })
      const main = () => page.locator('main').evaluate((element) => element.getBoundingClientRect().top)
      const before = await main()
      await page.keyboard.press('Tab')
      const { x, y } = (await page.locator('.skip:focus').boundingBox()) as { x: number; y: number }
      expect([x >= 3, y >= 3]).toEqual([true, true])
      expect(await main()).toBe(before)
      await page.context().close()
    }
  })

  it('covers no verdict with a message, on a small screen', async () => {
    for (const [name, html] of Object.entries(everything)) {
      if (!html.includes('id="verdict"')) continue
      const page = await show(browser, html, { viewport: { width: 360, height: 640 } })
      const [message, verdict] = await page.evaluate(() => {
        const status = document.querySelector('#status') as HTMLElement
        status.textContent = 'Tested. It works, but may be one-time.'
        return [status, document.querySelector('#verdict') as Element].map((part) => part.getBoundingClientRect())
      })
      const apart = message && verdict && (message.bottom <= verdict.top || verdict.bottom <= message.top)
      expect([name, apart]).toEqual([name, true])
      await page.context().close()
    }
  })

  it('moves nothing by itself', async () => {
    const page = await show(browser, everything['profile, reusable'] as string)
    await unfold(page)
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll('*')].filter((element) => {
          const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(element)
          return transitionDuration !== '0s' || animationName !== 'none' || scrollBehavior !== 'auto'
        }).length,
    )
    expect(moving).toBe(0)
    await page.context().close()
  })

  it('does not let a name turn the writing of the page around', async () => {
    const page = await show(browser, everything['profile with a name that turns the writing around'] as string)
    const { who, link } = await page.evaluate(() => ({
      who: (document.querySelector('.who bdi') as Element).getBoundingClientRect().left,
      link: (document.querySelector('.who a') as Element).getBoundingClientRect().left,
    }))
    expect(who).toBeLessThan(link)
    await page.context().close()
  })
})
