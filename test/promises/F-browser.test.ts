import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createApp } from '../../server/app.js'
import { createDependencies } from '../../server/dependencies.js'
import { createLogger } from '../../server/log/logger.js'
import { listen, portOf } from '../../server/process/listen.js'
import { MemorySessions } from '../../server/web/sessions/memory-sessions.js'
import { startApp } from '../support/app.js'
import { CHROMIUM, launchChromium, newPage, signInAtDemo } from '../support/chromium.js'
import type { Misbehaviour } from '../support/faulty-provider.js'
import { freePort } from '../support/free-port.js'
import { listening } from '../support/listening.js'
import { says, silence } from '../support/misbehaviour.js'
import { rawHeaders, rawRequest, statusOf } from '../support/raw-request.js'
import { startProcess } from '../support/site.js'
import { describeWith, lacking, slow } from '../support/tools.js'
import { type Answer, Visitor } from '../support/visitor.js'
import { JSON_PLEASE, type Rig, refresh, startRig, tokensOf } from './rig.js'

const POSTS = [
  ...['/auth/check', '/auth/token', '/auth/refresh', '/auth/prove', '/auth/revoke', '/auth/logout'],
  ...['/auth/label', '/auth/forget'],
]
const GETS = [
  ...['/', '/auth/oauth2', '/auth/oauth2/callback', '/profile', '/profile/device-config'],
  ...['/profile/device-config/json', '/healthz', '/readyz'],
  ...['/profile/tokens', '/profile/tokens.json', '/profile/tokens.csv'],
]

describe('what a foreign page or program can do', () => {
  let rig: Rig
  let visitor: Visitor
  let port: number
  const asked = () => Object.values(rig.provider.counts).reduce((sum, count) => sum + count, 0)

  beforeAll(async () => {
    rig = await startRig()
    visitor = await rig.signedIn()
    port = rig.app.port
  })
  afterAll(() => rig.close())

  it('F1 a POST from elsewhere is refused, whatever it says of itself, and the provider hears nothing', async () => {
    const before = asked()
    const { origin } = new URL(rig.app.url)
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'cross-site', origin },
      { 'sec-fetch-site': 'same-site', origin },
      { origin: 'https://evil.test' },
      { origin: `http://localhost:${port + 1}` },
      { origin: `https://localhost:${port}` },
      { origin: `http://127.0.0.1:${port}` },
      { origin: `${origin}.evil.test` },
      { origin: 'null' },
      {},
      { referer: `${origin}/` },
    ]
    for (const path of POSTS) {
      for (const headers of foreign) {
        const bytes = rawHeaders(
          `POST ${path} HTTP/1.1`,
          `Host: localhost:${port}`,
          `Cookie: ${visitor.cookie}`,
          'Content-Length: 0',
          ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
        )
        expect([path, headers, statusOf(await rawRequest(port, bytes))]).toEqual([path, headers, 403])
      }
    }
    expect(asked()).toBe(before)
    expect((await refresh(visitor)).status).toBe(200)
  })

  it('F2 another method than the one there is does nothing, and Allow names it', async () => {
    const before = asked()
    const kept = await tokensOf(visitor)
    const send = (method: string, path: string) =>
      rawRequest(
        port,
        rawHeaders(
          `${method} ${path} HTTP/1.1`,
          `Host: localhost:${port}`,
          `Cookie: ${visitor.cookie}`,
          `Origin: ${rig.app.url}`,
        ),
      )
    for (const [paths, methods, allowed] of [
      [POSTS, ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'], 'POST'],
      [GETS, ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'], 'GET'],
    ] as const) {
      for (const path of paths) {
        for (const method of methods) {
          // Loaded again after a check, it leads home.
          if (path === '/auth/check' && /GET|HEAD/.test(method)) continue
          const answer = await send(method, path)
          expect([method, path, statusOf(answer)]).toEqual([method, path, 405])
          expect(/^allow: (.*)\r$/im.exec(answer)?.[1]).toBe(path === '/auth/check' ? 'GET, POST' : allowed)
        }
      }
    }
    expect(asked()).toBe(before)
    expect(await tokensOf(visitor)).toEqual(kept)
  })

  it('F3 a request for another host is refused everywhere, before anything is done', async () => {
    const hosts: string[][] = [
      ['Host: evil.test'],
      [`Host: evil.test:${port}`],
      [`Host: localhost.evil.test:${port}`],
      [`Host: localhost:${port + 1}`],
      [`Host: localhost:${port}@evil.test`],
      ['Host: localhost'],
      ['Host: '],
      [`Host: localhost:${port}`, 'Host: evil.test'],
      ['Host: evil.test', `Host: localhost:${port}`],
    ]
    const style = /href="(\/assets\/[^"]+)"/.exec((await visitor.get('/')).text)?.[1] ?? ''
    for (const path of [...GETS, ...POSTS, style, '/nothing']) {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT']) {
        for (const host of hosts) {
          const answer = await rawRequest(port, rawHeaders(`${method} ${path} HTTP/1.1`, ...host))
          expect([method, path, host, statusOf(answer)]).toEqual([method, path, host, 421])
          expect(answer).not.toMatch(/set-cookie/i)
        }
      }
    }
    const absolute = await rawRequest(port, rawHeaders('GET http://evil.test/ HTTP/1.1', `Host: localhost:${port}`))
    expect(statusOf(absolute)).toBe(421)
    expect(statusOf(await rawRequest(port, rawHeaders('GET / HTTP/1.0')))).toBe(421)
  }, 60_000)

  it('F3 the redirect URI is the configured one, whatever a proxy is said to say', async () => {
    const forged = [
      'X-Forwarded-Host: evil.test',
      'X-Forwarded-Proto: https',
      'Forwarded: host=evil.test',
      'X-Original-Host: evil.test',
    ]
    const answer = await rawRequest(port, rawHeaders('GET /auth/oauth2 HTTP/1.1', `Host: localhost:${port}`, ...forged))
    const location = /^location: (.*)\r$/im.exec(answer)?.[1] ?? ''
    expect(new URL(location).searchParams.get('redirect_uri')).toBe(`${rig.app.url}/auth/oauth2/callback`)
    const other = await rawRequest(port, rawHeaders('GET //evil.test/%2e%2e HTTP/1.1', `Host: 127.0.0.1:${port}`))
    expect(other).toContain(`ocation: ${rig.app.url}//evil.test`)
  })

  it('F6 every answer of every status carries the headers that keep a page to itself', async () => {
    const style = /href="(\/assets\/[^"]+)"/.exec((await visitor.get('/')).text)?.[1] ?? ''
    const answers = [
      ...(await Promise.all(
        [...GETS, '/nothing', '/profile/device-config/none', style].map((path) => visitor.get(path)),
      )),
      await new Visitor(rig.app).get('/profile'),
      await new Visitor(rig.app).get('/profile', JSON_PLEASE),
      await visitor.request('/auth/refresh', { method: 'POST' }),
      await visitor.request('/auth/refresh', { method: 'GET' }),
      await visitor.request('/auth/token', {
        method: 'POST',
        body: '{"refresh_token"',
        headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      }),
      await visitor.post('/auth/token', { refresh_token: 'x'.repeat(200_000) }),
      await visitor.get('/favicon.ico'),
      await refusedByProvider('/auth/refresh', says(502, 'x')),
      await brokenPage('text/html'),
      await brokenPage('application/json'),
      await new Visitor({ url: `http://127.0.0.1:${port}` }).get('/profile'),
    ]
    expect(answers.map(({ status }) => status)).toEqual(
      expect.arrayContaining([200, 301, 302, 307, 400, 401, 403, 404, 405, 413, 500, 502]),
    )
    const stranger = await rawRequest(port, rawHeaders('GET /profile HTTP/1.1', 'Host: evil.test'))
    expect(statusOf(stranger)).toBe(421)
    expect(stranger).toMatch(/^content-security-policy: default-src 'none'.*frame-ancestors 'none'/im)
    expect(stranger).toMatch(/^cache-control: no-store\r$/im)
    for (const answer of answers) expectToKeepToItself(answer)
  })

  slow('F6 so does the answer that a slow provider brings about', async () => {
    const answer = await refusedByProvider('/auth/refresh', silence)
    expect(answer.status).toBe(504)
    expectToKeepToItself(answer)
  })

  function expectToKeepToItself({ url, headers }: Answer): void {
    const policy = headers.get('content-security-policy') ?? ''
    for (const directive of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"]) {
      expect([url, policy]).toEqual([url, expect.stringContaining(directive)])
    }
    expect([url, policy]).not.toEqual([url, expect.stringMatching(/unsafe|\*/)])
    expect([url, headers.get('x-content-type-options')]).toEqual([url, 'nosniff'])
    expect([url, headers.get('referrer-policy')]).toEqual([url, 'same-origin'])
    expect([url, headers.get('cross-origin-opener-policy')]).toEqual([url, 'same-origin'])
    expect([url, headers.get('cross-origin-resource-policy')]).toEqual([url, 'same-origin'])
    // Without these there is no 304, which would have headers of its own.
    for (const absent of ['etag', 'last-modified', 'x-powered-by'])
      expect([url, headers.get(absent)]).toEqual([url, null])
    if (!url.includes('/assets/')) expect([url, headers.get('cache-control')]).toEqual([url, 'no-store'])
  }

  async function refusedByProvider(path: string, misbehaves: Misbehaviour): Promise<Answer> {
    rig.provider.at('/token', misbehaves)
    const answer = await visitor.post(path)
    rig.provider.mend()
    return answer
  }

  /** A failure of our own: the store of the sessions throws. */
  async function brokenPage(accept: string): Promise<Answer> {
    const dependencies = await createDependencies(rig.app.config, { logger: createLogger('silent') })
    const sessionStore = new (class extends MemorySessions {
      override get(_id: string, callback: (error: unknown) => void) {
        callback(new Error('broken'))
      }
    })(false)
    const app = await createApp(rig.app.config, { ...dependencies, sessionStore })
    const [server] = await listen(app, '127.0.0.1', 0)
    const said = await rawRequest(
      portOf(server) ?? 0,
      rawHeaders('GET / HTTP/1.1', `Host: localhost:${port}`, `Cookie: ${visitor.cookie}`, `Accept: ${accept}`),
    )
    server?.close()
    sessionStore.close()
    await dependencies.close()
    const headers = said
      .split('\r\n\r\n', 1)[0]
      ?.split('\r\n')
      .slice(1)
      .map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string])
    return {
      status: statusOf(said) ?? 0,
      headers: new Headers(headers),
      url: `broken ${accept}`,
      text: said,
      json: null,
    }
  }

  it('F9 no answer may be read by another origin, and no script of ours holds a token', async () => {
    const { access_token, refresh_token } = await tokensOf(visitor)
    const page = (await visitor.get('/profile')).text
    const scripts = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path as string)
    expect(scripts.length).toBeGreaterThan(0)
    expect(page).not.toMatch(/<script(?![^>]* src=)/)
    for (const path of [...GETS, ...scripts, '/nothing']) {
      const answer = await visitor.get(path, { origin: 'https://evil.test' })
      expect([path, answer.headers.get('access-control-allow-origin')]).toEqual([path, null])
      expect([path, answer.headers.get('cross-origin-resource-policy')]).toEqual([path, 'same-origin'])
      if (!scripts.includes(path)) continue
      for (const token of [access_token, refresh_token]) expect(answer.text).not.toContain(token)
    }
  })
})

/** This machine's addresses that other machines reach. One that begins with fe80 would need its interface's name. */
const networkAddresses = () =>
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80'))
    .map(({ address }) => address)

const isOpen = (port: number, host: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ port, host, timeout: 2_000 })
    const settle = (open: boolean) => () => {
      socket.destroy()
      resolve(open)
    }
    socket.on('connect', settle(true)).on('error', settle(false)).on('timeout', settle(false))
  })

describe('the process', () => {
  it('F5 listens on loopback alone, in both families, and not where a stranger holds one of them', async () => {
    const app = await startProcess({ HOST: '' })
    expect(app.process.exitCode).toBeNull()
    const addresses = ['127.0.0.1', '127.0.0.2', '::1', ...networkAddresses()]
    const answered = await Promise.all(addresses.map((address) => isOpen(app.port, address)))
    await app.end('SIGKILL')
    expect(addresses.filter((_, at) => answered[at])).toEqual(['127.0.0.1', '::1'])

    const taken = await freePort()
    const stranger = createServer().listen({ port: taken, host: '::1', ipv6Only: true })
    await once(stranger, 'listening')
    const refused = await startProcess({ HOST: '', PORT: String(taken) })
    expect(refused.process.exitCode).toBe(1)
    expect(refused.printed()).toContain(`[::1]:${taken} is taken`)
    stranger.close()
  })
})

describeWith(lacking(CHROMIUM), 'in a browser', () => {
  it('F4 a name that was made to lead here is shown nothing but a refusal', async () => {
    const app = await startApp()
    const browser = await launchChromium(['--host-resolver-rules=MAP rebind.test 127.0.0.1'])
    const page = await newPage(browser)
    await signInAtDemo(page, app.url)
    const answer = await page.goto(`http://rebind.test:${app.port}/profile`)
    expect(answer?.status()).toBe(421)
    const read = await page.evaluate(async () => {
      const answers = await Promise.all(['/', '/profile', '/healthz', '/auth/oauth2'].map((path) => fetch(path)))
      return Promise.all(answers.map(async (one) => `${one.status} ${(await one.text()).includes('refresh-token')}`))
    })
    expect(read).toEqual(Array.from({ length: 4 }, () => '421 false'))
    await browser.close()
    await app.close()
  })

  it('F6 a foreign page that frames it shows nothing', async () => {
    const app = await startApp()
    const foreign = await listening((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/html' }).end(`<iframe src="${app.url}/"></iframe>`)
    })
    const browser = await launchChromium()
    const page = await newPage(browser)
    await page.goto(foreign.url, { waitUntil: 'networkidle' })
    const frame = page.frames()[1]
    expect(await frame?.content().catch(() => 'out of reach')).not.toContain('Sign in')
    await browser.close()
    await foreign.close()
    await app.close()
  })

  it('F7 hostile names, scopes and errors stay text: no dialog, no script, no report', async () => {
    const hostile = `<img src=x onerror=alert(1)></script><script>alert(2)</script>" onx="alert(3)' javascript:alert(4) \u202egnp.exe <%= 1 %>`
    const hostileId = `"><img src=x onerror=alert(7)></script><script>alert(8)</script>' onx=`
    const rig = await startRig({ OAUTH2_SCOPE: 'offline_access' }, {}, { clientId: hostileId })
    rig.provider.claims = {
      sub: hostile,
      preferred_username: hostile,
      email: hostile,
      scope: hostile,
      website: 'javascript:alert(5)',
      realm_access: { roles: [hostile] },
      resource_access: { [hostile]: { roles: [hostile] } },
    }
    rig.provider.adds = { scope: hostile, session_state: hostile, typ: hostile }
    const browser = await launchChromium()
    const page = await newPage(browser)
    const said: string[] = []
    page.on('dialog', (dialog) => {
      said.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('console', (message) => message.type() === 'error' && said.push(message.text()))
    await page.goto(rig.app.url)
    expect(await page.textContent('main')).toContain(hostileId)
    expect(await page.$$('img, [onx], script:not([src])')).toEqual([])
    await page.goto(`${rig.app.url}/auth/oauth2`)
    await page.waitForURL(`${rig.app.url}/profile`)
    for (const details of await page.$$('details')) await details.evaluate((one) => one.setAttribute('open', ''))
    expect(await page.textContent('#who')).toContain('<img src=x onerror=alert(1)>')
    expect(await page.$$('img, [onx], script:not([src])')).toEqual([])
    for (const place of ['linux', 'esp32', 'other']) await page.goto(`${rig.app.url}/profile?place=${place}`)
    expect(said).toEqual([])

    const error = (members: object) => (response: import('node:http').ServerResponse) =>
      void response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(members))
    for (const code of ['invalid_client', hostile, 'invalid_grant']) {
      rig.provider.at('/token', error({ error: code, error_description: hostile, error_uri: 'javascript:alert(6)' }))
      await page.goto(`${rig.app.url}/profile`)
      await page.click('form#refresh [type=submit], form#refresh button')
      await page.waitForTimeout(300)
      expect(await page.$$('img, [onx], script:not([src]), a[href^="javascript"]')).toEqual([])
    }
    expect(said.filter((text) => /dialog|Content Security Policy/.test(text))).toEqual([])
    await browser.close()
    await rig.close()
  })

  it('F8 the forms of signing in and out get through under the policy', async () => {
    const rig = await startRig()
    const browser = await launchChromium()
    const page = await newPage(browser)
    const blocked: string[] = []
    page.on('console', (message) => /Content Security Policy/.test(message.text()) && blocked.push(message.text()))
    await page.goto(rig.app.url)
    await page.click('a[href="/auth/oauth2"]')
    await page.waitForURL(`${rig.app.url}/profile`)
    expect(rig.provider.counts['/auth']).toBe(1)
    // Nobody has taken this token: the button asks first.
    page.once('dialog', (dialog) => void dialog.accept())
    await page.click('form#logout button')
    await page.waitForURL(`${rig.app.url}/`)

    const demo = await startApp()
    await signInAtDemo(page, demo.url)
    await page.click('form#logout button')
    await page.waitForURL(`${demo.url}/`)
    expect(blocked).toEqual([])
    await browser.close()
    await demo.close()
    await rig.close()
  })
})
