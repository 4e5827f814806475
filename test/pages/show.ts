import { readFile } from 'node:fs/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { newPage } from '../support/chromium.js'

const TYPES: Record<string, string> = { css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' }

/** Shows a page's HTML with the stylesheet and the script of public/, and without a server. */
export async function show(browser: Browser, html: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await newPage(browser, options)
  await page.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url())
    const file = /^\/assets\/(.+\.(\w+))$/.exec(pathname)
    if (!file) return route.fulfill({ contentType: 'text/html', body: html })
    const body = await readFile(new URL(`../../public/${file[1]}`, import.meta.url), 'utf8')
    return route.fulfill({ contentType: TYPES[file[2] as string] as string, body })
  })
  await page.goto('http://localhost:1/')
  return page
}

/** Opens everything that is folded, and shows everything that is masked. */
export async function unfold(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true
    for (const box of document.querySelectorAll<HTMLInputElement>('[data-show]')) box.checked = true
  })
}
