import { readFileSync } from 'node:fs'
import { afterEach, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { CHROMIUM, launchChromium, newPage, signInAtDemo, waitForProof } from '../support/chromium.js'
import { type Listening, listening } from '../support/listening.js'
import { type Redis, startRedis } from '../support/redis.js'
import { type Replica, SESSION_SECRET, startProcess } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import { pause } from '../support/wait.js'

const MIB_AT_MOST = 512
const base64 = (text: string) => Buffer.from(text).toString('base64url')
const nested = (depth: number) =>
  `${base64('{"alg":"RS256"}')}.${base64(`{"deep":${'['.repeat(depth)}${']'.repeat(depth)}}`)}.c2ln`

describeWith(lacking(CHROMIUM, 'redis-server'), 'the grave attacks, in Chromium, on a process of its own', () => {
  let site: Replica
  let browser: Browser
  let elsewhere: Listening | undefined
  let redis: Redis | undefined

  const start = async (env: Record<string, string> = {}) => {
    site = await startProcess(env)
    browser = await launchChromium()
    return `http://localhost:${site.port}`
  }

  afterEach(async () => {
    // The most that the process ever had, as the kernel counts it.
    const most = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${site.process.pid}/status`, 'utf8'))?.[1]) / 1024
    await browser.close()
    await site.end('SIGKILL')
    await elsewhere?.close()
    await redis?.stop()
    elsewhere = undefined
    redis = undefined
    expect(most).toBeLessThan(MIB_AT_MOST)
  })

  it('J1 a token nested deeply makes a page like any other, and the person can sign out', async () => {
    const url = await start()
    const page = await newPage(browser)
    for (const depth of [3_800, 17_000]) {
      await page.goto(url)
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true
      })
      await page.fill('form[action="/auth/token"] [name=refresh_token]', nested(depth))
      await page.click('form[action="/auth/token"] button')
      await page.waitForURL(`${url}/profile`)
      expect((await page.content()).length).toBeLessThan(512_000)
      await page.click('#logout button')
      await page.waitForURL(`${url}/`)
    }
  })

  it('J3 J5 a page elsewhere mints nothing, forgets nothing, and saves no file', async () => {
    const url = await start()
    const page = await newPage(browser, { acceptDownloads: true })
    // The provider remembers the person, so that a sign-in would need no click there.
    await signInAtDemo(page, url)
    await waitForProof(page)
    const tokens = async () =>
      (await (await page.request.get(`${url}/profile/tokens.json`)).json()) as { id: string; file: string | null }[]
    const before = await tokens()
    const downloads: string[] = []
    page.on('download', (download) => void downloads.push(download.url()))
    const files = ['/profile/device-config/json', '/profile/tokens.json', '/profile/reminder.ics']
    elsewhere = await listening((_req, res) => {
      res.setHeader('content-type', 'text/html')
      const inside = ['/auth/oauth2', '/profile', ...files].map(
        (path) => `<img src="${url}${path}"><iframe src="${url}${path}"></iframe><script src="${url}${path}"></script>`,
      )
      const links = ['/auth/oauth2', ...files].map((path) => `<a href="${url}${path}" download>${path}</a>`)
      res.end(`<h1>Elsewhere</h1>${links.join('')}${inside.join('')}`)
    })
    for (const path of ['/auth/oauth2', ...files]) {
      await page.goto(elsewhere.url)
      await pause(500)
      await page.click(`text="${path}"`)
      await pause(500)
      await page.goto(elsewhere.url)
      await page.evaluate((to) => location.assign(to), url + path).catch(() => {})
      await pause(500)
    }
    expect(downloads).toEqual([])
    expect(await tokens()).toEqual(before)
    await page.goto(elsewhere.url)
    await page.evaluate((to) => location.assign(to), `${url}/auth/oauth2`)
    await page.waitForURL(`${url}/auth/oauth2`)
    expect(await page.locator('a[href="/auth/oauth2"]').count()).toBeGreaterThan(0)
  })

  it("J8 a person who writes to Redis does not open another person's tokens", async () => {
    redis = await startRedis()
    const url = await start({ REDIS_URL: redis.url, SESSION_SECRET })
    const [victim, thief] = [await newPage(browser), await newPage(browser)]
    const keyOf = async (page: typeof victim) => {
      const { value = '' } = (await page.context().cookies()).find(({ name }) => name === `otm_${site.port}`) ?? {}
      return `otm:2:session:${decodeURIComponent(value).replace(/^s:|\..*$/g, '')}`
    }
    for (const page of [victim, thief]) {
      await signInAtDemo(page, url)
      await waitForProof(page)
    }
    const token = await victim.inputValue('#refresh-token')
    const blob = async (page: typeof victim) =>
      JSON.parse((await redis?.command('GET', await keyOf(page))) as string) as Record<string, unknown>
    const stolen = { ...(await blob(thief)), list: (await blob(victim)).list }
    await redis.command('SET', await keyOf(thief), JSON.stringify(stolen), 'EX', '600')
    await thief.goto(`${url}/profile`)
    expect(thief.url()).toBe(`${url}/`)
    expect(await thief.content()).not.toContain(token)
    await victim.goto(`${url}/profile`)
    expect(await victim.inputValue('#refresh-token')).toBe(token)
  })
})
