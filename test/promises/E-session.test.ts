import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startApp } from '../support/app.js'
import { startBalancer } from '../support/balancer.js'
import { type Certificate, makeCertificate } from '../support/certificate.js'
import { CHROMIUM, launchChromium, newPage, signInAtDemo } from '../support/chromium.js'
import { type RotatingProvider, startRotatingProvider } from '../support/rotating-provider.js'
import { Colleague, HOST, siteEnv } from '../support/site.js'
import { describeWith, lacking } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'
import { comeBack, JSON_PLEASE, startRig } from './rig.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe('a session', () => {
  it('E4 on this machine ends after 8 hours without a visit, and after 24 hours of constant use', async () => {
    let time = Date.now()
    const rig = await startRig({}, { now: () => time })
    const status = async (visitor: Visitor) => (await visitor.get('/profile', JSON_PLEASE)).status
    const idle = await rig.signedIn()
    time += 8 * HOUR - 1_000
    expect(await status(idle)).toBe(200)
    time += 8 * HOUR + 1_000
    expect(await status(idle)).toBe(401)

    const busy = await rig.signedIn()
    for (let hour = 0; hour < 24; hour += 4) {
      expect([hour, await status(busy)]).toEqual([hour, 200])
      time += 4 * HOUR
    }
    expect(await status(busy)).toBe(401)
    await rig.close()
  })

  it('E2 on this machine is kept by one cookie, named after the port, without prefix and without Secure', async () => {
    const rig = await startRig()
    const visitor = new Visitor(rig.app)
    const answers = [await visitor.get('/auth/oauth2'), await comeBack(visitor), await visitor.post('/auth/logout')]
    expect(answers.map(({ status }) => status)).toEqual([302, 303, 303])
    for (const { headers } of answers) {
      const cookies = headers.getSetCookie()
      expect(cookies).toHaveLength(1)
      const [pair = '', ...attributes] = (cookies[0] ?? '').split('; ')
      expect(pair.split('=')[0]).toBe(`otm_${rig.app.port}`)
      const lasting = attributes.filter((one) => !/^(Max-Age|Expires)=/.test(one))
      expect(lasting.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax'])
    }
    await rig.close()
  })

  it('E6 is nobody: with an unsigned cookie, a changed one, a double one, or one tossed in by another port', async () => {
    const rig = await startRig()
    const visitor = await rig.signedIn()
    const [name, value] = visitor.cookie.split(/=(.*)/s) as [string, string]
    const id = decodeURIComponent(value).replace(/^s:|\..*$/g, '')
    const changed = `${value.slice(0, -1)}${value.endsWith('A') ? 'B' : 'A'}`
    const anonymous = [
      `${name}=${id}`,
      `${name}=${changed}`,
      `${name}=s%3A${id}.`,
      `${name}=j%3A%7B%22a%22%3A1%7D`,
      `${name}=%E0%A4%A`,
      `${name}=`,
      `${name}=${'x'.repeat(8_000)}`,
      `${name}=tossed; ${visitor.cookie}`,
      `${name}=tossed; ${name}=tossed`,
      `otm_4000=${value}`,
      `__proto__=x; ${name}=[object Object]`,
      '=; ;;',
    ]
    for (const cookie of anonymous) {
      visitor.cookie = cookie
      expect([cookie, (await visitor.request('/profile', { headers: { ...JSON_PLEASE, cookie } })).status]).toEqual([
        cookie,
        401,
      ])
      expect((await visitor.request('/', { headers: { cookie } })).status).toBe(200)
    }
    await rig.close()
  })
})

describeWith(lacking('openssl'), 'a session of a shared site', () => {
  let certificate: Certificate
  let provider: RotatingProvider

  beforeAll(async () => {
    certificate = makeCertificate()
    provider = await startRotatingProvider(certificate)
  })
  afterAll(() => provider.close())

  it('E4 ends after 31 minutes without a visit, and after 8 hours of constant use', async () => {
    let time = Date.now()
    const app = await startApp({ ...siteEnv({ provider, certificate }), HOST: '127.0.0.1' }, { now: () => time })
    const balancer = await startBalancer(HOST, [app.port])
    const come = async (name: string) => {
      const colleague = new Colleague({ url: balancer.url }, provider, name)
      expect((await colleague.come()).status).toBe(303)
      return colleague
    }
    const status = async (colleague: Colleague) => (await colleague.json('get', '/profile')).status
    const idle = await come('ann')
    time += 29 * MINUTE
    expect(await status(idle)).toBe(200)
    time += 31 * MINUTE
    expect(await status(idle)).toBe(401)

    const busy = await come('ben')
    for (let minute = 0; minute < 8 * 60; minute += 20) {
      expect([minute, await status(busy)]).toEqual([minute, 200])
      time += 20 * MINUTE
    }
    expect(await status(busy)).toBe(401)
    await balancer.close()
    await app.close()
  })
})

describeWith(lacking(CHROMIUM), 'after the sign-out, in a browser', () => {
  it('E5 neither the back button nor the cache brings a token back', async () => {
    const app = await startApp()
    const browser = await launchChromium()
    const page = await newPage(browser)
    await signInAtDemo(page, app.url)
    await page.waitForSelector('#verdict:not([data-verdict=""])', { timeout: 15_000 })
    const token = (await page.inputValue('#refresh-token')).slice(0, 60)
    await page.click('form#logout button')
    await page.waitForURL(`${app.url}/`)
    for (let back = 0; back < 3; back += 1) {
      await page.goBack({ waitUntil: 'load' }).catch(() => {})
      expect(await page.content()).not.toContain(token)
    }
    await page.goto(`${app.url}/profile`)
    expect(page.url()).toBe(`${app.url}/`)
    await browser.close()
    await app.close()
  }, 40_000)
})
