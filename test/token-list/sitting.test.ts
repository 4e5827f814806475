import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { FIELD_NAMES } from '../../server/device-config/fields.js'
import { FORMATS } from '../../server/device-config/formats.js'
import { READERS } from '../device-config/readers.js'
import { type RunningApp, startApp } from '../support/app.js'
import { CHROMIUM, launchChromium, newPage, signInAtDemo, waitForProof } from '../support/chromium.js'
import { describeWith, lacking } from '../support/tools.js'

/** Formats of Linux, by turns. */
const TAKEN = ['json', 'sh', 'dotenv', 'env-file']
const DEVICES = 10

describeWith(lacking(CHROMIUM, 'dash', 'jq'), 'ten devices in one sitting', () => {
  let app: RunningApp
  let browser: Browser
  let folder: string

  beforeAll(async () => {
    app = await startApp()
    browser = await launchChromium()
    folder = await mkdtemp(join(tmpdir(), 'sitting-'))
  })
  afterAll(async () => {
    await browser.close()
    await app.close()
    await rm(folder, { recursive: true })
  })

  /** Takes the file of the token that is shown. @returns the folder's path, the file's name and the token */
  async function download(page: Page, device: number, format: string) {
    const token = await page.inputValue('#refresh-token')
    const coming = page.waitForEvent('download')
    await page.evaluate((href) => {
      // The file may be folded, and its button is the same link.
      for (const details of document.querySelectorAll('details')) details.open = true
      document.querySelector<HTMLAnchorElement>(`a[download][href^="${href}"]`)?.click()
    }, `/profile/device-config/${format}?id=`)
    const file = await coming
    const place = join(folder, String(device))
    await mkdir(place)
    const path = join(place, file.suggestedFilename())
    await file.saveAs(path)
    return { path, name: file.suggestedFilename(), token }
  }

  async function readBack(format: string, path: string): Promise<string | undefined> {
    const { spell } = FORMATS.find(({ id }) => id === format) as (typeof FORMATS)[number]
    const reader = READERS.find((one) => one.formats.includes(format) && !one.slow && one.missing() === null)
    if (!reader) throw new Error(`nothing here reads ${format}`)
    const [seen] = await reader.read([path], FIELD_NAMES.map(spell))
    return seen?.[spell('refresh_token')]
  }

  it('gives each its own token, label and file, two clicks apart, and the list says which is where', async () => {
    const page = await newPage(browser, { acceptDownloads: true })
    await signInAtDemo(page, app.url)
    await waitForProof(page)
    // With one token there is nothing about others, and the name is folded away.
    expect(await page.isVisible('#label-text')).toBe(false)
    expect(await page.locator('a[href="/profile/tokens"]:visible').count()).toBe(0)
    await page.click('#name summary')
    await page.fill('#label-text', 'greenhouse 1')
    await page.click('form#label button')
    await page.click('a[href$="place=linux#run"]')
    await page.waitForSelector('a[href$="place=linux#run"][aria-current]')
    const taken = []
    for (let device = 1; device <= DEVICES; device += 1) {
      const format = TAKEN[device % TAKEN.length] as string
      taken.push({ format, ...(await download(page, device, format)) })
      if (device === DEVICES) break
      // One click: the provider remembers the sign-in, and the place stays.
      await page.click('a[href^="/auth/oauth2?next="]')
      await page.waitForURL(/\/profile\?place=linux/)
      await waitForProof(page)
      expect(await page.inputValue('#label-text')).toBe(`greenhouse ${device + 1}`)
      // The demo provider does as Keycloak does: one session for all of them, and each page says so.
      expect(await page.textContent('main')).toContain('Same session as greenhouse')
    }
    expect(new Set(taken.map(({ token }) => token)).size).toBe(DEVICES)
    for (const [i, { format, path, name, token }] of taken.entries()) {
      const plain = FORMATS.find(({ id }) => id === format)?.file.replace(/^\./, '')
      expect(name).toBe(`greenhouse-${i + 1}.${plain}`)
      expect(await readBack(format, path)).toBe(token)
    }
    await page.goto(`${app.url}/profile/tokens`)
    expect(await page.locator('[data-token]').count()).toBe(DEVICES)
    const rows = await page.locator('[data-token]').allInnerTexts()
    for (const [i, { name }] of taken.entries()) {
      const row = rows.at(-1 - i)
      expect(row).toContain(`greenhouse ${i + 1}`)
      expect(row).toContain(name)
    }
    // Which one is in this device?
    await page.fill('#bring-token', taken[3]?.token ?? '')
    await page.click('form#bring button')
    await page.waitForURL(`${app.url}/profile`)
    expect(await page.inputValue('#label-text')).toBe('greenhouse 4')
    await page.goto(`${app.url}/profile/tokens`)
    expect(await page.locator('[data-token]', { hasText: 'You gave this token again' }).textContent()).toContain(
      'greenhouse 4',
    )
  })

  it('asks before a sign-out only for a token that nobody has taken', async () => {
    const page = await newPage(browser)
    const asked: string[] = []
    page.on('dialog', (dialog) => {
      asked.push(dialog.message())
      void dialog.accept()
    })
    await signInAtDemo(page, app.url)
    await waitForProof(page)
    await page.click('form#logout button')
    await page.waitForURL(`${app.url}/`)
    // A token of the demo provider ends with this app anyway.
    expect(asked).toEqual([])
  })
})
