import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { CHROMIUM, launchChromium } from '../support/chromium.js'
import { describeWith, lacking } from '../support/tools.js'
import { everyPage } from './every-page.js'
import { type Site, site } from './fixtures.js'
import { show } from './show.js'

/*
 * The screenshots in docs/ are these pages. "npm run screenshots" writes them; without it they are compared. Fonts and versions of
 * Chromium draw letters differently, so not pixels are compared but the brightness of squares of 8 by 8: of them 4 in 1000 may
 * differ. How that holds against broken layouts is tested as well.
 */
const SQUARE = 8
const DIFFERS = 16
const TOLERANCE = 0.004

const FOLDER = new URL('../../docs/screenshots/', import.meta.url)
const WRITE = process.env.WRITE_SCREENSHOTS === '1'

const PAGES = {
  home: 'home',
  check: 'set-up check, failed',
  profile: 'profile, reusable, no place chosen',
  'device-config': 'profile, reusable',
  'one-time': 'profile, one-time, handed over',
  error: 'error',
}
const SIZES = { desktop: { width: 1280, height: 860 }, phone: { width: 360, height: 740 } }
const SCHEMES = ['light', 'dark'] as const

const FONT = '/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf'

describeWith(lacking(CHROMIUM) ?? (existsSync(FONT) ? null : 'Liberation Sans'), 'the screenshots in docs/', () => {
  let browser: Browser
  let here: Site
  let htmls: Record<string, string>
  /** Reads PNGs. */
  let canvas: Page

  beforeAll(async () => {
    ;[browser, here] = await Promise.all([launchChromium(), site()])
    htmls = await everyPage(here)
    canvas = await browser.newPage()
    await mkdir(FOLDER, { recursive: true })
  })
  afterAll(async () => {
    await browser.close()
    await here.close()
  })

  async function shoot(
    name: keyof typeof PAGES,
    size: keyof typeof SIZES,
    colorScheme: (typeof SCHEMES)[number],
    css = '',
  ): Promise<Buffer> {
    const page = await show(browser, htmls[PAGES[name]] as string, { viewport: SIZES[size], colorScheme })
    await page.addStyleTag({ content: `${css} #status { display: none }` })
    // What this picture is about, not what stands above it.
    if (name === 'device-config') await page.locator('#run').evaluate((run) => run.scrollIntoView())
    const png = await page.screenshot()
    await page.context().close()
    return png
  }

  /** The part of the squares whose brightness differs; 1 where even the sizes do. */
  function difference(one: Buffer, other: Buffer): Promise<number> {
    return canvas.evaluate(
      async ([square, differs, ...pngs]) => {
        const [a, b] = await Promise.all(
          (pngs as string[]).map(async (png) => {
            const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob())
            const context = new OffscreenCanvas(image.width, image.height).getContext(
              '2d',
            ) as OffscreenCanvasRenderingContext2D
            context.drawImage(image, 0, 0)
            return context.getImageData(0, 0, image.width, image.height)
          }),
        )
        if (!a || !b || a.width !== b.width || a.height !== b.height) return 1
        const across = Math.ceil(a.width / square)
        const brightness = ({ data, width }: ImageData) => {
          const sums = new Float64Array(across * Math.ceil(data.length / 4 / width / square))
          for (let i = 0; i < data.length; i += 4) {
            const pixel = i / 4
            const at = Math.floor(pixel / width / square) * across + Math.floor((pixel % width) / square)
            sums[at] = (sums[at] as number) + (data[i] as number) + (data[i + 1] as number) + (data[i + 2] as number)
          }
          return sums.map((sum) => sum / (3 * square * square))
        }
        const others = brightness(b)
        const wrong = brightness(a).filter((value, i) => Math.abs(value - (others[i] as number)) > differs)
        return wrong.length / others.length
      },
      [SQUARE, DIFFERS, one.toString('base64'), other.toString('base64')] as const,
    )
  }

  const cases = (Object.keys(PAGES) as (keyof typeof PAGES)[]).flatMap((name) =>
    (Object.keys(SIZES) as (keyof typeof SIZES)[]).flatMap((size) =>
      SCHEMES.map((scheme) => [name, size, scheme] as const),
    ),
  )

  it.each(cases)('%s, %s, %s', async (name, size, scheme) => {
    const png = await shoot(name, size, scheme)
    const file = new URL(`${name}-${size}-${scheme}.png`, FOLDER)
    if (WRITE) await writeFile(file, png)
    expect(await difference(png, await readFile(file))).toBeLessThanOrEqual(TOLERANCE)
  })

  it.each([
    ['a column that has moved', 'main { translate: 16px 0 }'],
    ['a way that is gone', 'nav { display: none }'],
    ['buttons without a look', 'button, .button, .choices a { all: unset }'],
    ['a card without its ground', '.card { background: none; border: 0; padding: 0 }'],
    ['larger text', ':root { font-size: 105% }'],
    ['the other colours', ':root { color-scheme: dark }'],
  ])('would notice %s', async (_, css) => {
    const broken = await shoot('profile', 'desktop', 'light', css)
    const whole = await readFile(new URL('profile-desktop-light.png', FOLDER))
    expect(await difference(broken, whole)).toBeGreaterThan(TOLERANCE)
  })
})
