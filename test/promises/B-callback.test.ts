import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { processFigures } from '../soak/process-figures.js'
import { rawHeaders, rawRequest, statusOf } from '../support/raw-request.js'
import { startProcess } from '../support/site.js'
import { slow } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'
import { comeBack, JSON_PLEASE, outcome, type Rig, startRig } from './rig.js'

describe('the callback', () => {
  let rig: Rig
  let visitor: Visitor
  let time = Date.now()
  const exchanges = () => rig.provider.asked('authorization_code')

  beforeAll(async () => {
    rig = await startRig({}, { now: () => time })
  })
  afterAll(() => rig.close())
  beforeEach(() => {
    rig.provider.received.length = 0
    visitor = new Visitor(rig.app)
  })

  it('B1 without parameters is an error that leads to a new start, and not to the provider', async () => {
    const page = await visitor.get('/auth/oauth2/callback')
    expect([page.status, page.headers.get('location')]).toEqual([400, null])
    expect(page.text).toContain('Start again')
    expect(outcome(await visitor.get('/auth/oauth2/callback?', JSON_PLEASE))).toBe('400 invalid_callback')
  })

  it("B2 with an error and no state, or another's, says nothing of a stranger's text and lets the sign-in live", async () => {
    const callback = await visitor.authorize('', '')
    const text = 'Call <b>0900 123456</b> to unlock'
    for (const state of [{}, { state: 'of-nobody' }] as Record<string, string>[]) {
      const query = new URLSearchParams({ error: 'access_denied', error_description: text, ...state })
      for (const accept of ['text/html', 'application/json']) {
        const answer = await visitor.get(`/auth/oauth2/callback?${query}`, { accept })
        expect(answer.status).toBe(403)
        expect(answer.text).not.toContain('0900')
      }
    }
    expect(rig.app.logged.join()).not.toContain('0900')
    expect((await visitor.get(callback)).status).toBe(303)
  })

  it('B3 with a good state tells a refusal, another error and nonsense apart, and the same state again gets the same error', async () => {
    const tries: [string, Record<string, string>][] = [
      ['403 access_denied', { error: 'access_denied' }],
      ['502 provider_error', { error: 'temporarily_unavailable' }],
      ['502 provider_error', { error: 'made_up_by_somebody', error_description: 'Words' }],
    ]
    for (const [expected, parameters] of tries) {
      const callback = new URL(await visitor.authorize('', ''))
      const good = callback.href
      callback.searchParams.delete('code')
      for (const [name, value] of Object.entries(parameters)) callback.searchParams.set(name, value)
      expect(outcome(await visitor.get(callback.href, JSON_PLEASE))).toBe(expected)
      expect(outcome(await visitor.get(good, JSON_PLEASE))).toBe(expected)
    }
    expect(outcome(await comeBack(visitor, (query) => query.set('error', 'access_denied')))).toBe(
      '400 invalid_callback',
    )
    expect(exchanges()).toBe(0)
  })

  it('B4 with a parameter twice is refused, and no code goes out', async () => {
    const tries = ['code', 'state', 'iss', 'error'].flatMap((name) => [
      { name, second: 'another' },
      { name, second: null },
    ])
    for (const { name, second } of tries) {
      const answer = await comeBack(visitor, (query) => {
        if (name === 'error') query.delete('code')
        const first = query.get(name) ?? 'access_denied'
        query.set(name, first)
        query.append(name, second ?? first)
      })
      expect([name, second, outcome(answer)]).toEqual([name, second, '400 invalid_callback'])
    }
    // What other parsers would take for a list.
    for (const name of ['code[]', 'code[a]', 'code.a']) {
      const answer = await comeBack(visitor, (query) => {
        query.set(name, query.get('code') as string)
        query.delete('code')
      })
      expect([name, outcome(answer)]).toEqual([name, '400 invalid_callback'])
    }
    expect(exchanges()).toBe(0)
  })

  it("B5 with an unknown, old or another browser's state is refused, and the right one still works", async () => {
    const right = await visitor.authorize('', '')
    const unknown = new URL(right)
    unknown.searchParams.set('state', 'A'.repeat(43))
    expect(outcome(await visitor.get(unknown.href, JSON_PLEASE))).toBe('403 invalid_state')
    const others = await new Visitor(rig.app).authorize('', '')
    expect(outcome(await visitor.get(others, JSON_PLEASE))).toBe('403 invalid_state')
    const stranger = new Visitor(rig.app)
    await stranger.get('/auth/oauth2')
    expect(outcome(await stranger.get(right, JSON_PLEASE))).toBe('403 invalid_state')
    expect(outcome(await new Visitor(rig.app).get(right, JSON_PLEASE))).toBe('403 invalid_state')
    expect(exchanges()).toBe(0)
    expect((await visitor.get(right)).status).toBe(303)

    const late = new Visitor(rig.app)
    const old = await late.authorize('', '')
    time += 10 * 60_000 + 1
    expect(outcome(await late.get(old, JSON_PLEASE))).toBe('403 invalid_state')
    expect(exchanges()).toBe(1)
  })

  it('B6 opened again after it worked leads to the tokens; in another browser, or signed out, nowhere', async () => {
    const callback = await visitor.authorize('', '')
    expect((await visitor.get(callback)).status).toBe(303)
    for (let reload = 0; reload < 3; reload += 1) {
      const again = await visitor.get(callback)
      expect([again.status, again.headers.get('location')]).toEqual([303, '/profile'])
    }
    expect(outcome(await new Visitor(rig.app).get(callback, JSON_PLEASE))).toBe('403 invalid_state')
    await visitor.post('/auth/logout')
    expect(outcome(await visitor.get(callback, JSON_PLEASE))).toBe('403 invalid_state')
    expect(exchanges()).toBe(1)
  })

  it('B7 twenty times at once sends the code once, and all go where the first goes', async () => {
    const callback = await visitor.authorize('', '')
    const answers = await Promise.all(Array.from({ length: 20 }, () => visitor.get(callback)))
    expect(exchanges()).toBe(1)
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 303))
  })

  it('B8 with another issuer, or without the announced one, ends there', async () => {
    const before = exchanges()
    const changes: ((query: URLSearchParams) => void)[] = [
      (query) => query.set('iss', 'https://evil.test'),
      (query) => query.set('iss', `${rig.provider.issuer}/`),
      (query) => query.set('iss', rig.provider.issuer.toUpperCase()),
      (query) => query.delete('iss'),
      (query) => query.set('iss', ''),
    ]
    for (const change of changes) expect(outcome(await comeBack(visitor, change))).toBe('403 invalid_issuer')
    expect(exchanges()).toBe(before)
  })

  it('B9 by POST is not taken, wherever the code stands', async () => {
    const { searchParams } = new URL(await visitor.authorize('', ''))
    const fields = Object.fromEntries(searchParams)
    for (const path of ['/auth/oauth2/callback', `/auth/oauth2/callback?${searchParams}`]) {
      const answer = await visitor.post(path, fields)
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET'])
    }
    expect(exchanges()).toBe(0)
  })

  describe('with any query', () => {
    /** Separators and escapes as they are, so that every layer gets its share of what is broken. */
    const nasty = fc.constantFrom(
      ...[
        '%',
        '%00',
        '%E0%A4%A',
        '%ff%fe',
        '&',
        '=',
        '[]',
        '[a][b]',
        '.',
        '+',
        '%0d%0a',
        '?',
        ';',
        '__proto__',
        '%2f..',
      ],
    )
    const known = fc.constantFrom('code', 'state', 'iss', 'error', 'error_description', 'error_uri')
    const name = fc.oneof(
      known,
      fc.constantFrom('constructor', 'toString', 'hasOwnProperty'),
      fc.tuple(known, nasty).map((parts) => parts.join('')),
      nasty,
      fc.string({ maxLength: 12 }).map(encodeURIComponent),
    )
    const value = fc.oneof(
      nasty,
      fc.string({ unit: 'binary', maxLength: 60 }).map(escaped),
      fc.constantFrom('x', '9'.repeat(9_000), 'null', '{}', '%22%7B'),
    )
    const query = fc
      .array(fc.tuple(name, fc.constantFrom('=', '', '=='), value), { maxLength: 8 })
      .map((pairs) => pairs.map((pair) => pair.join('')).join('&'))

    /** As a URL's bytes: what can't stand in a request line is escaped, all else is left as it is. */
    function escaped(text: string): string {
      return [...text].map((one) => (/[!-~]/.test(one) && one !== '#' ? one : encodeWell(one))).join('')
    }
    const encodeWell = (one: string) => [...Buffer.from(one)].map((byte) => `%${byte.toString(16)}`).join('')

    slow(
      'B10 answers ten thousand generated ones with 3xx or 4xx, and does not grow',
      async () => {
        const app = await startProcess({ ...rig.provider.env })
        const url = `http://localhost:${app.port}`
        const keeper = new Visitor({ url })
        await keeper.get('/auth/oauth2')
        // With a session, signed in, without one, and with what is none.
        const signedIn = new Visitor({ url })
        await signedIn.signIn('', '')
        const cookies = [keeper.cookie, signedIn.cookie, '', `${keeper.cookie}x`]
        const accepts = ['application/json', 'text/html', '*/*', '%']
        const asked = exchanges()
        const memory = () => processFigures(app.process.pid ?? 0).memory
        let before = 0
        let runs = 0
        await fc.assert(
          fc.asyncProperty(fc.array(query, { minLength: 20, maxLength: 20 }), async (queries) => {
            const statuses = await Promise.all(
              queries.map(async (one, i) => {
                const headers = { cookie: cookies[i % 4] as string, accept: accepts[(i >> 2) % 4] as string }
                const response = await fetch(`${url}/auth/oauth2/callback?${one}`, { headers, redirect: 'manual' })
                await response.arrayBuffer()
                return response.status
              }),
            )
            expect(statuses.filter((status) => status < 300 || status >= 500)).toEqual([])
            runs += 1
            // Half of them to warm up: code that is compiled, and a heap that has found its size.
            if (runs === 250) before = memory()
          }),
          { numRuns: 500 },
        )
        expect(memory() - before).toBeLessThan(30)
        expect(exchanges()).toBe(asked)
        expect(app.printed()).not.toContain('internal error')
        expect(await app.end('SIGTERM')).toBe(0)
      },
      240_000,
    )

    slow(
      'B10 answers any body at the routes that take one with what is written down, and never with 5xx',
      async () => {
        const signedIn = await rig.signedIn()
        const fields = fc.constantFrom('refresh_token', 'auth_method', 'reuse', '__proto__', 'constructor')
        const body = fc.oneof(
          fc
            .dictionary(fields, fc.jsonValue({ maxDepth: 1 }))
            .map((json) => ['application/json', JSON.stringify(json)]),
          fc.jsonValue({ maxDepth: 1 }).map((json) => ['application/json', JSON.stringify(json)]),
          fc.string({ maxLength: 40 }).map((text) => ['application/json', text]),
          fc.tuple(fields, nasty, nasty).map((parts) => ['application/x-www-form-urlencoded', parts.join('=')]),
          fc.constant(['multipart/form-data; boundary=x', '--x--']),
          fc.constant(['application/json; charset=x-none', '{}']),
        )
        await fc.assert(
          fc.asyncProperty(fc.constantFrom('/auth/token', '/auth/refresh'), body, async (path, [type, text]) => {
            const answer = await signedIn.request(path, {
              method: 'POST',
              body: text as string,
              headers: { 'sec-fetch-site': 'same-origin', 'content-type': type as string, ...JSON_PLEASE },
            })
            expect([200, 400, 401, 409, 413, 415]).toContain(answer.status)
          }),
          { numRuns: 500 },
        )
      },
      240_000,
    )

    it('B10 answers 17 KB of headers with 431 and says why, and raw bytes in the query with 400', async () => {
      const { port } = rig.app
      const start = 'GET /auth/oauth2/callback?code=x HTTP/1.1'
      const host = `Host: localhost:${port}`
      const tooLong = await rawRequest(port, rawHeaders(start, host, `X: ${'x'.repeat(17_000)}`))
      expect([statusOf(tooLong), tooLong]).toEqual([431, expect.stringContaining('Shorten the address')])
      const answer = await rawRequest(port, rawHeaders('GET /auth/oauth2/callback?code=\x01\x00 HTTP/1.1', host))
      expect(statusOf(answer)).toBe(400)
      expect((await visitor.get('/healthz')).status).toBe(200)
    })
  })
})
