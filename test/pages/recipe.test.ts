import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { type Api, startApi } from '../device-config/recipes/api.js'
import { inScratchRoot, lackingScratchRoot, lackingSystemd } from '../device-config/recipes/scratch-root.js'
import { type RunningApp, startApp } from '../support/app.js'
import { CHROMIUM, launchChromium, newPage, signInAtDemo, waitForProof } from '../support/chromium.js'
import { describeWith, lacking } from '../support/tools.js'
import { until } from '../support/wait.js'

describeWith(
  lacking(CHROMIUM) ?? lackingScratchRoot('curl') ?? lackingSystemd(),
  'a person who follows the recipe',
  () => {
    let app: RunningApp
    let api: Api
    let browser: Browser
    beforeAll(async () => {
      ;[app, api, browser] = await Promise.all([startApp(), startApi(), launchChromium()])
    })
    afterAll(async () => {
      await browser.close()
      await app.close()
      await api.close()
    })

    const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText())

    /** Presses a copy button; what is in the clipboard then. */
    async function copied(page: Page, button: string): Promise<string> {
      await page.evaluate(() => navigator.clipboard.writeText('nothing yet'))
      await page.click(button)
      await until('the text is copied', async () => (await clipboard(page)) !== 'nothing yet')
      return clipboard(page)
    }

    async function saved(page: Page, folder: string, link: string): Promise<string> {
      const [download] = await Promise.all([page.waitForEvent('download'), page.click(link)])
      await download.saveAs(join(folder, download.suggestedFilename()))
      return download.suggestedFilename()
    }

    it('has a service that calls its API, by the copy buttons and the downloads alone', async () => {
      const page = await newPage(browser, { permissions: ['clipboard-read', 'clipboard-write'] })
      await signInAtDemo(page, app.url, 'rotating')
      await waitForProof(page)
      await page.click('#name > summary')
      await page.fill('#label [name=label]', 'Greenhouse #3')
      await page.click('#label button')
      await page.waitForSelector('#name > summary:has-text("Rename it")')
      await page.click('a[href$="place=linux#run"]')
      await page.waitForSelector('.recipe')
      const folder = await mkdtemp(join(tmpdir(), 'downloads-'))

      const script: string[] = []
      for (const step of [1, 2, 3, 4, 5]) {
        if (step === 2) {
          expect(await saved(page, folder, '.recipe > li > article a[href*="/sh?"]')).toBe('greenhouse-3.device.sh')
          expect(await saved(page, folder, '.recipe > li > .downloads a[href*="/curl?"]')).toBe('refresh.sh')
        }
        script.push(await copied(page, `[data-copy="#step-${step}-code-1"]`))
      }
      const file = await readFile(join(folder, 'greenhouse-3.device.sh'), 'utf8')

      // The same file over SSH, pasted.
      page.on('dialog', (dialog) => dialog.accept())
      await page.click('#paste-file-sh > summary')
      expect(await copied(page, '[data-copy="#command-file-sh"]')).toBe('umask 077; base64 -d > greenhouse-3.device.sh')
      const lines = await copied(page, '[data-copy="#lines-file-sh"]')
      const written = / written \S+\n/
      expect(Buffer.from(lines, 'base64').toString().replace(written, '')).toBe(file.replace(written, ''))

      const { code, stdout, stderr } = await inScratchRoot(folder, api.in(script.join('\n')), { manager: true })
      expect([code, stderr.replace(/^(Created|Removed) .*\n|^Warning: Stopping.*\n.*\n/gm, '')]).toEqual([0, ''])
      expect(stdout).toContain('{"value":21.5}')
      expect(stdout).toMatch(/oauth2-greenhouse-3\.timer +oauth2-greenhouse-3\.service/)
      expect(api.tokens).toHaveLength(1)
      await page.context().close()
    })
  },
)
