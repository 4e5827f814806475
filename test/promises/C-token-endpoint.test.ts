import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { processFigures } from '../soak/process-figures.js'
import { makeBadCertificate } from '../support/bad-certificates.js'
import type { Certificate } from '../support/certificate.js'
import { type Misbehaviour, startFaultyProvider } from '../support/faulty-provider.js'
import * as faults from '../support/misbehaviour.js'
import { EVIL, says, saysJson, saysTokens } from '../support/misbehaviour.js'
import { SESSION_SECRET, startProcess } from '../support/site.js'
import { describeWith, lacking, slow } from '../support/tools.js'
import { type Answer, Visitor } from '../support/visitor.js'
import { comeBack, comeBackInBrowser, outcome, type Rig, refresh, startRig, tokensOf } from './rig.js'

const DEADLINE = 30_000
const HTML = { 'content-type': 'text/html' }
const page = '<!doctype html><h1>Sign in</h1>'

/** One row a way to misbehave: what is answered, and what the app must say, at the sign-in and at a refresh. */
const ROWS: Record<string, [what: string, answer: Misbehaviour, says: string][]> = {
  C2: [
    ['a reset before the answer', faults.resetBefore, '502 provider_unreachable'],
    ['a reset in mid-body', faults.resetMidBody, '502 provider_unreachable'],
    ['half an answer', faults.halfAnAnswer, '502 provider_unreachable'],
  ],
  C4: [
    ['null', says(200, 'null'), '502 provider_malformed'],
    ['5', says(200, '5'), '502 provider_malformed'],
    ['"x"', says(200, '"x"'), '502 provider_malformed'],
    ['[]', says(200, '[]'), '502 provider_malformed'],
    ['{}', says(200, '{}'), '502 provider_malformed'],
    ['nothing', says(200, ''), '502 provider_malformed'],
    ['204', (response) => void response.writeHead(204).end(), '502 provider_malformed'],
    ['205', (response) => void response.writeHead(205).end(), '502 provider_malformed'],
    ['broken JSON', says(200, '{"access_token":'), '502 provider_malformed'],
    [
      'bytes that are no UTF-8',
      says(200, Buffer.from('{"access_token":"\xff\xfe"}', 'latin1')),
      '502 provider_malformed',
    ],
  ],
  C5: [
    ['HTML', says(200, page, HTML), '502 provider_malformed'],
    ['a form that calls itself JSON', says(200, `access_token=${EVIL}&token_type=Bearer`), '502 provider_malformed'],
  ],
  C6: [301, 302, 303, 307, 308].map((status) => [
    `a redirect with ${status} and tokens in its body`,
    faults.redirect(status),
    '502 provider_malformed',
  ]),
  C7: [
    ['500 in HTML with a token in it', says(500, `<h1>Oops ${EVIL}</h1>`, HTML), '502 provider_unreachable'],
    ['502 in HTML', says(502, '<h1>Bad gateway</h1>', HTML), '502 provider_unreachable'],
    ['500 with nothing', says(500, ''), '502 provider_unreachable'],
    ['429', says(429, 'slow down', { ...HTML, 'retry-after': '7' }), '502 provider_unreachable'],
    ['429 in JSON', saysJson({ error: 'slow_down' }, 429, { 'retry-after': '7' }), '502 provider_error'],
    ['503 in JSON without an error', saysJson({ why: EVIL }, 503, { 'retry-after': '7' }), '502 provider_unreachable'],
  ],
  C11: [
    ['refresh_token {} alone', saysJson({ token_type: 'Bearer', refresh_token: {} }), '502 provider_malformed'],
    ['an access_token with CR LF alone', saysJson({ access_token: 'a\r\nSet-Cookie: a=b' }), '502 provider_malformed'],
    ['an access_token of 1 MB alone', saysJson({ access_token: 'a'.repeat(1_000_000) }), '502 provider_malformed'],
    ['both of them lists', saysTokens({ access_token: [], refresh_token: [] }), '502 provider_malformed'],
  ],
}

function tokens() {
  return { token_type: 'Bearer', access_token: EVIL, refresh_token: EVIL }
}

describe('a token endpoint that misbehaves', () => {
  let rig: Rig
  let visitor: Visitor

  beforeAll(async () => {
    rig = await startRig()
    visitor = await rig.signedIn()
  })
  afterAll(() => rig.close())
  afterEach(() => rig.provider.mend())

  const signIn = () => comeBack(new Visitor(rig.app))

  /** The token that was there is there still, and works. */
  async function expectKept(token: string): Promise<void> {
    rig.provider.mend()
    expect((await tokensOf(visitor)).refresh_token).toBe(token)
    expect((await refresh(visitor)).status).toBe(200)
  }

  async function expectRefused(row: (typeof ROWS)[string][number]): Promise<Answer[]> {
    const [what, misbehaves, expected] = row
    const { refresh_token } = await tokensOf(visitor)
    rig.provider.at('/token', misbehaves)
    const asked = rig.provider.counts['/token'] ?? 0
    const answers = [await signIn(), await refresh(visitor)]
    expect([what, ...answers.map(outcome)]).toEqual([what, expected, expected])
    // One request each: nothing is tried again.
    expect(rig.provider.counts['/token']).toBe(asked + 2)
    for (const { text } of answers) expect(text).not.toContain(EVIL)
    await expectKept(refresh_token)
    return answers
  }

  slow('C1 ends at the deadline when it hangs, or sends a byte now and then', async () => {
    const rigs = await Promise.all([startRig(), startRig()])
    const slow = [faults.silence, faults.drip]
    const begun = await Promise.all(
      rigs.map(async (one, i) => {
        const signedIn = await one.signedIn()
        const waiting = new Visitor(one.app)
        const callback = await waiting.authorize('', '')
        one.provider.at('/token', slow[i] as Misbehaviour)
        return { one, signedIn, waiting, callback }
      }),
    )
    const started = performance.now()
    const answers = await Promise.all(
      begun.flatMap(({ signedIn, waiting, callback }) => [
        refresh(signedIn),
        waiting.get(callback, { accept: 'application/json' }),
      ]),
    )
    const took = performance.now() - started
    expect(answers.map(outcome)).toEqual(answers.map(() => '504 provider_timeout'))
    expect(took).toBeGreaterThan(DEADLINE - 100)
    expect(took).toBeLessThan(DEADLINE + 1_000)
    for (const { one, signedIn, waiting } of begun) {
      one.provider.mend()
      expect((await refresh(signedIn)).status).toBe(200)
      // Whoever wanted to sign in is in the same session still, and can start again.
      const { cookie } = waiting
      const again = await waiting.authorize('', '')
      expect(waiting.cookie).toBe(cookie)
      expect((await waiting.get(again)).status).toBe(303)
      await one.close()
    }
  })

  slow('C1 ends with a page that says it took too long', async () => {
    rig.provider.at('/token', faults.silence)
    const started = performance.now()
    const pages = await Promise.all([visitor.post('/auth/refresh'), comeBackInBrowser(new Visitor(rig.app))])
    expect(performance.now() - started).toBeLessThan(DEADLINE + 1_000)
    for (const { status, text } of pages) {
      expect(status).toBe(504)
      expect(text).toContain('The provider took too long')
    }
    rig.provider.mend()
    expect((await refresh(visitor)).status).toBe(200)
  })

  it('C2 cuts the connection: the token is kept, nothing is sent twice, and the page says what is not known', async () => {
    for (const row of ROWS.C2 ?? []) await expectRefused(row)
    rig.provider.at('/token', faults.resetMidBody)
    const told = await visitor.post('/auth/refresh')
    expect(told.status).toBe(502)
    expect(told.text).toContain('If it is one-time and the provider received the request, it may be used up')
  })

  it('C2 is down: nothing is sent, and the page says so', async () => {
    await rig.provider.stop()
    const told = await visitor.post('/auth/refresh')
    await rig.provider.start()
    expect([told.status, told.text]).toEqual([502, expect.stringContaining('We sent nothing')])
  })

  slow('C3 answers 200 MB, or 200 KB that unpack to as much: refused, and the memory does not feel it', async () => {
    const app = await startProcess(rig.provider.env)
    const url = `http://localhost:${app.port}`
    const keeper = new Visitor({ url })
    await keeper.signIn('', '')
    const { refresh_token } = await tokensOf(keeper)
    const memory = () => processFigures(app.process.pid ?? 0).memory
    const once = async () => [await comeBack(new Visitor({ url })), await refresh(keeper)]
    // What a process needs once for refused answers is there before it is weighed.
    rig.provider.at('/token', says(200, 'null'))
    for (let time = 0; time < 20; time += 1) await once()
    for (const misbehaves of [faults.huge, faults.gzipBomb]) {
      rig.provider.at('/token', misbehaves)
      const before = memory()
      let most = 0
      const watch = setInterval(() => {
        most = Math.max(most, memory() - before)
      }, 5)
      for (let time = 0; time < 3; time += 1) {
        expect((await once()).map(outcome)).toEqual(['502 provider_malformed', '502 provider_malformed'])
      }
      clearInterval(watch)
      expect(most).toBeLessThan(20)
    }
    rig.provider.mend()
    expect((await tokensOf(keeper)).refresh_token).toBe(refresh_token)
    expect((await refresh(keeper)).status).toBe(200)
    await app.end('SIGKILL')
  })

  it('C4 answers what is no JSON object', async () => {
    for (const row of ROWS.C4 ?? []) await expectRefused(row)
  })

  it('C5 answers with what is no JSON, which is never taken for tokens', async () => {
    for (const row of ROWS.C5 ?? []) await expectRefused(row)
  })

  it('C6 redirects: not followed, and nothing of it believed', async () => {
    for (const row of ROWS.C6 ?? []) await expectRefused(row)
    expect(rig.provider.counts['/elsewhere']).toBeUndefined()
  })

  it('C7 is out of order, or asked too often: its page is neither shown nor logged, and Retry-After is handed on', async () => {
    for (const row of ROWS.C7 ?? []) {
      const answers = await expectRefused(row)
      if (!/429|503/.test(row[0])) continue
      expect([row[0], ...answers.map(({ headers }) => headers.get('retry-after'))]).toEqual([row[0], '7', '7'])
    }
    expect(rig.app.logged.join()).not.toContain(EVIL)
  })

  it('C8 refuses with a text of its own, with 400 or with 200: ours is told, and theirs stays text', async () => {
    const script = '<script>alert(1)</script>'
    for (const status of [400, 401, 200]) {
      const other = await rig.signedIn()
      rig.provider.at('/token', saysJson({ error: 'invalid_grant', error_description: script }, status))
      const answer = await other.post('/auth/refresh')
      expect([status, answer.status]).toEqual([status, 409])
      expect(answer.text).not.toContain(script)
      expect(answer.text).toContain('The refresh token no longer works')
      const back = await comeBackInBrowser(new Visitor(rig.app))
      expect([status, back.status]).toEqual([status, 502])
      expect(back.text).not.toContain(script)
      expect(back.text).toContain('The provider refused')
      expect(outcome(await signIn())).toBe('502 provider_error')
      rig.provider.mend()
    }
  })

  it('C9 names a type of token that is not Bearer, or none: kept with a remark; in capitals it is Bearer', async () => {
    const rows: [unknown, string | null, string | null][] = [
      [undefined, null, 'token_type is missing.'],
      ['mac', null, 'token_type is "mac"; we expected Bearer.'],
      [['Bearer'], null, 'token_type is a list; we expected Bearer.'],
      ['BEARER', 'Bearer', null],
    ]
    for (const [token_type, told, remark] of rows) {
      rig.provider.at('/token', saysTokens({ token_type }))
      const other = new Visitor(rig.app)
      expect([token_type, (await comeBack(other)).status]).toEqual([token_type, 303])
      for (const json of [await tokensOf(other), (await refresh(other)).json]) {
        expect([json.token_type, json.refresh_token]).toEqual([told, EVIL])
        expect(json.remarks.map(({ message }: { message: string }) => message)).toEqual(remark === null ? [] : [remark])
      }
    }
  })

  it('C10 names a duration that is none: told as not known, and never as NaN or an invalid date', async () => {
    const said: [unknown, number | null][] = [
      [300, 300],
      ['300', 300],
      [0, 0],
      [undefined, null],
      [null, null],
      [-5, null],
      [1e308, null],
      ['soon', null],
      ['1e400', null],
      [{}, null],
      [[300], null],
      [true, null],
    ]
    for (const [expires_in, expected] of said) {
      const other = await rig.signedIn()
      rig.provider.at(
        '/token',
        saysTokens({ expires_in, refresh_expires_in: expires_in, refresh_token_expires_in: expires_in }),
      )
      const { json, status } = await refresh(other)
      expect([expires_in, status, json?.expires_in]).toEqual([expires_in, 200, expected])
      if (expected === null) expect(json.expires_at).toBeNull()
      else expect(Number.isNaN(Date.parse(json.expires_at))).toBe(false)
      const profile = await other.get('/profile')
      expect(profile.status).toBe(200)
      expect(profile.text).not.toMatch(/\b(NaN|Invalid Date|undefined|Infinity)\b/)
      rig.provider.mend()
      rig.provider.adds = { expires_in }
      const signedIn = await rig.signedIn()
      expect([expires_in, (await tokensOf(signedIn)).expires_in]).toEqual([expires_in, expected])
      const first = await signedIn.get('/profile')
      expect(first.text).not.toMatch(/\b(NaN|Invalid Date|undefined|Infinity)\b/)
      // A countdown is there when the end is known, and only then.
      expect([expires_in, first.text.includes('data-seconds')]).toEqual([expires_in, expected !== null])
      rig.provider.adds = {}
    }
  })

  it('C11 gives a token that can be none', async () => {
    for (const row of ROWS.C11 ?? []) await expectRefused(row)
  })

  slow(
    'C11 answers any JSON at all: either usable tokens or an error that is written down',
    async () => {
      const member = fc.oneof(
        fc.constantFrom<unknown>(
          'Bearer',
          'bearer',
          'mac',
          300,
          '300',
          -1,
          null,
          true,
          '',
          [],
          {},
          'x y',
          'tökén',
          'a\nb',
        ),
        fc.string({ maxLength: 20 }),
        fc.jsonValue({ maxDepth: 1 }),
      )
      const names = [
        'access_token',
        'token_type',
        'expires_in',
        'refresh_token',
        'scope',
        'id_token',
        'error',
        'error_description',
        'refresh_expires_in',
      ]
      const answer = fc.oneof(
        { weight: 4, arbitrary: fc.dictionary(fc.constantFrom(...names), member) },
        {
          weight: 4,
          arbitrary: fc.dictionary(fc.constantFrom(...names), member).map((json) => ({ ...tokens(), ...json })),
        },
        { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
      )
      /** Whole JSON with a piece of it missing, doubled or replaced by any bytes. */
      const damaged = fc
        .tuple(answer, fc.nat(), fc.nat(20), fc.uint8Array({ maxLength: 8 }))
        .map(([json, at, cut, bytes]) => {
          const text = Buffer.from(JSON.stringify(json))
          const start = at % (text.length + 1)
          return Buffer.concat([text.subarray(0, start), bytes, text.subarray(start + cut)])
        })
      const body = fc.oneof(
        { weight: 4, arbitrary: answer.map((json) => Buffer.from(JSON.stringify(json))) },
        { weight: 1, arbitrary: damaged },
      )
      const types = fc.constantFrom(
        ...['application/json', 'application/json', 'application/json', 'application/json;charset=utf-8'],
        ...['application/jwt+json', 'text/html', 'application/x-www-form-urlencoded', ''],
      )
      const kinds = { error: fc.constantFrom(200, 200, 200, 400, 401, 500), types }
      let other = await rig.signedIn()
      let accepted = 0
      let runs = 0
      await fc.assert(
        fc.asyncProperty(body, kinds.error, kinds.types, async (bytes, status, type) => {
          rig.provider.at('/token', says(status, bytes, { 'content-type': type }))
          const got = await refresh(other)
          if (got.status === 200) {
            accepted += 1
            expect(status).toBe(200)
            expect(got.json.refresh_token).toMatch(/^[ -~]+$/)
            expect(got.json.access_token ?? 'none').toMatch(/^[ -~]+$/)
            expect(got.json.expires_in === null || Number.isInteger(got.json.expires_in)).toBe(true)
          } else
            expect([
              '502 provider_malformed',
              '502 provider_error',
              '502 provider_unreachable',
              '409 invalid_grant',
            ]).toContain(outcome(got))
          runs += 1
          if (runs % 4 === 0) {
            const back = outcome(await signIn())
            expect(['303', '502 provider_malformed', '502 provider_error', '502 provider_unreachable']).toContain(back)
            // The same validator: what is good enough for a refresh is for a sign-in, where somebody has just signed in.
            expect([back === '303', got.status === 200]).toEqual([got.status === 200, got.status === 200])
          }
          if (runs % 20 === 0) expect((await other.get('/profile')).status).toBe(200)
          if (got.status !== 409) return
          rig.provider.mend()
          other = await rig.signedIn()
        }),
        { numRuns: 2_000 },
      )
      expect(accepted).toBeGreaterThan(20)
    },
    120_000,
  )

  it('C12 adds what nobody asked for: only what is known is kept, and a letter in two chunks comes whole', async () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`member_${i}`, 'of no use']))
    const text = JSON.stringify({ ...tokens(), ...many }).replace(
      '{',
      '{"__proto__":{"polluted":true,"refresh_token":"from-proto"},"constructor":{"prototype":{"polluted":true}},"access_token":"first",',
    )
    const refreshes = await rig.signedIn()
    rig.provider.at('/token', says(200, text))
    expect((await refresh(refreshes)).status).toBe(200)
    for (const other of [refreshes, await rig.signedIn()]) {
      const json = await tokensOf(other)
      expect([json.access_token, json.refresh_token]).toEqual([EVIL, EVIL])
      expect(json.polluted).toBeUndefined()
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
      expect((await other.get('/profile')).text).not.toContain('member_7')
    }

    rig.provider.mend()
    const third = await rig.signedIn()
    const error_description = 'abgelaufen – 期限切れ'
    rig.provider.at('/token', faults.splitLetter({ error: 'invalid_grant', error_description }))
    expect((await refresh(third)).json.error_description).toBe(error_description)
    expect((await signIn()).json.error_description).toBe(error_description)
  })

  it('C13 gets the client secret whole, in the header and in the body', async () => {
    const secret = 'a+b/c%d:e é&=?'
    const own = await startRig({}, {}, { clientSecret: secret })
    const signedIn = await own.signedIn()
    for (const auth_method of ['client_secret_basic', 'client_secret_post']) {
      const answer = await signedIn.post('/auth/refresh', { auth_method }, { accept: 'application/json' })
      expect([auth_method, answer.status]).toEqual([auth_method, 200])
    }
    const asked = own.provider.received.filter(({ form }) => form.get('refresh_token')?.startsWith('refresh-'))
    expect(asked.map(({ headers, form }) => [Boolean(headers.authorization), form.get('client_secret')])).toEqual([
      [true, null],
      [false, secret],
    ])
    await own.close()

    // At the sign-in it is one way, which the settings name.
    for (const [method, inTheHeader] of [
      ['client_secret_basic', true],
      ['client_secret_post', false],
    ] as const) {
      const set = await startRig({ OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD: method }, {}, { clientSecret: secret })
      await set.signedIn()
      const exchange = set.provider.received.find(({ form }) => form.has('code_verifier'))
      expect([method, Boolean(exchange?.headers.authorization), exchange?.form.get('client_secret')]).toEqual([
        method,
        inTheHeader,
        inTheHeader ? null : secret,
      ])
      await set.close()
    }
  })
})

describeWith(lacking('openssl'), 'a token endpoint on https', () => {
  /** Signs in where all is well but the token endpoint, and refreshes a token that was brought. */
  async function tokenEndpointWith(certificate: Certificate, trusted: Certificate | null) {
    const bad = await startFaultyProvider({ tls: certificate, host: 'localhost' })
    const rig = await startRig(trusted ? { OAUTH2_CA_FILE: trusted.certFile } : {})
    rig.provider.announces = { token_endpoint: `${bad.issuer}/token` }
    const visitor = new Visitor(rig.app)
    await visitor.post('/auth/token', { refresh_token: 'brought' })
    const answers = [await comeBack(new Visitor(rig.app)), await refresh(visitor)]
    await rig.close()
    await bad.stop()
    return { answers, asked: bad.counts['/token'] ?? 0 }
  }

  it("C14 is not spoken to when its certificate has expired, is nobody's or another's, and the operator is told which", async () => {
    const [expired, own, misnamed] = [
      makeBadCertificate('localhost', true),
      makeBadCertificate('localhost'),
      makeBadCertificate('other.test'),
    ]
    const rows: [Certificate, Certificate | null, RegExp][] = [
      [expired, expired, /it has expired/],
      [own, null, /it is self-signed/],
      [misnamed, misnamed, /it is for another host name/],
    ]
    for (const [certificate, trusted, told] of rows) {
      const { answers, asked } = await tokenEndpointWith(certificate, trusted)
      expect(answers.map(outcome)).toEqual(['502 provider_untrusted', '502 provider_untrusted'])
      for (const { json } of answers) {
        expect(json.detail).toMatch(told)
        expect(json.hint).toContain('OAUTH2_CA_FILE')
      }
      expect(asked).toBe(0)
    }
    const { asked } = await tokenEndpointWith(own, own)
    expect(asked).toBeGreaterThan(0)
  })

  it('C14 is the only kind there is on a shared site', async () => {
    const refused = await startProcess({
      BASE_URL: 'https://mint.test',
      SESSION_SECRET,
      OAUTH2_CLIENT_ID: 'sensor',
      OAUTH2_AUTHORIZATION_ENDPOINT: 'https://provider.test/auth',
      OAUTH2_TOKEN_ENDPOINT: 'http://provider.test/token',
    })
    expect(refused.process.exitCode).toBe(1)
    expect(refused.printed()).toContain('OAUTH2_TOKEN_ENDPOINT')
  })
})
