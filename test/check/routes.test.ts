import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type RunningApp, startApp } from '../support/app.js'
import { Visitor } from '../support/visitor.js'
import { authorize, type FakeProvider, page, startFakeProvider } from './fake-provider.js'

const JSON_PLEASE = { accept: 'application/json' }

describe('POST /auth/check', () => {
  let provider: FakeProvider
  let app: RunningApp
  beforeAll(async () => {
    const slow = authorize({ client: 'another <b>client</b>' })
    provider = await startFakeProvider({
      // Slower than the rest, so that the page has something to show before.
      '/auth': (asked) => void setTimeout(() => slow(asked), 500),
    })
    app = await startApp(provider.env)
  })
  afterAll(async () => {
    await app.close()
    await provider.close()
  })

  it('answers JSON to a script, nobody signed in', async () => {
    const visitor = new Visitor(app)
    const { status, json } = await visitor.post('/auth/check', {}, JSON_PLEASE)
    expect(status).toBe(200)
    expect(json.ok).toBe(false)
    expect(json.checks.map(({ id }: { id: string }) => id)).toEqual([
      'discovery',
      'authorization_request',
      'client_authentication',
      'endpoints',
      'clock',
    ])
    for (const check of json.checks) {
      expect(Object.keys(check)).toEqual(expect.arrayContaining(['id', 'result', 'message', 'hint']))
      expect(['pass', 'warn', 'fail', 'unknown']).toContain(check.result)
    }
    expect(json.checks[2].accepted).toEqual(['client_secret_basic', 'client_secret_post'])
    expect(visitor.cookie).toBe('')
  })

  it('shows a page with every result, its hints and the outcome', async () => {
    const { status, text, headers } = await new Visitor(app).post('/auth/check')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toContain('text/html')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(text).toMatch(/data-check="authorization_request" data-result="fail"/)
    expect(text).toMatch(/data-check="client_authentication" data-result="pass"/)
    expect(text).toContain('data-ok="false"')
    expect(text.trimEnd().endsWith('</html>')).toBe(true)
  })

  it('shows the results as they come', async () => {
    const response = await fetch(`${app.url}/auth/check`, {
      method: 'POST',
      headers: { accept: 'text/html', 'sec-fetch-site': 'same-origin' },
    })
    let seen = ''
    let before = ''
    for await (const chunk of response.body ?? []) {
      seen += new TextDecoder().decode(chunk)
      if (!seen.includes('data-check="authorization_request"')) before = seen
    }
    expect(before).toContain('<h1>Set-up check</h1>')
    expect(before).toContain('data-check="discovery"')
    expect(before).not.toContain('</html>')
  })

  it('goes on when somebody leaves the page, and tells who comes next', async () => {
    const leaving = new AbortController()
    const response = await fetch(`${app.url}/auth/check`, {
      method: 'POST',
      headers: { accept: 'text/html', 'sec-fetch-site': 'same-origin' },
      signal: leaving.signal,
    })
    await response.body?.getReader().read()
    leaving.abort()
    const { status, json } = await new Visitor(app).post('/auth/check', {}, JSON_PLEASE)
    expect([status, json.checks.length]).toEqual([200, 5])
    expect(app.logged.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
  })

  it('lets nobody else’s page start it, and no other method', async () => {
    const visitor = new Visitor(app)
    const asked = provider.asked.length
    expect((await visitor.post('/auth/check', {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await visitor.post('/auth/check', {}, { 'sec-fetch-site': 'same-site' })).status).toBe(403)
    const get = await visitor.get('/auth/check')
    expect([get.status, get.headers.get('location')]).toEqual([303, '/'])
    const put = await visitor.request('/auth/check', { method: 'PUT', headers: { 'sec-fetch-site': 'same-origin' } })
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, POST'])
    expect(provider.asked).toHaveLength(asked)
  })
})

describe('the page of POST /auth/check', () => {
  it('shows what a hostile provider says as text', async () => {
    const provider = await startFakeProvider({
      '/auth': page(400, '&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;alert(2)&lt;/script&gt;'),
    })
    const app = await startApp(provider.env)
    const { text } = await new Visitor(app).post('/auth/check')
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(text).not.toMatch(/<img|<script>/)
    await app.close()
    await provider.close()
  })

  it('finds nothing wrong with the embedded provider, which it names on the page', async () => {
    const app = await startApp()
    const visitor = new Visitor(app)
    expect((await visitor.post('/auth/check')).text).toContain('<code>sensor</code> at the demo provider.')
    const { json } = await visitor.post('/auth/check', {}, JSON_PLEASE)
    expect(json.ok).toBe(true)
    expect(json.checks.map(({ result }: { result: string }) => result)).toEqual([
      'pass',
      'pass',
      'pass',
      'pass',
      'pass',
    ])
    await app.close()
  })
})
