import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Answer } from '../../server/provider/answer.js'
import { readAnswer } from '../../server/provider/read-answer.js'
import { cut } from '../../server/provider/text.js'
import { readTokenAnswer } from '../../server/provider/token-answer.js'
import { wordsOf } from '../../server/provider/words.js'
import { comeBack, JSON_PLEASE, type Rig, refresh, startRig, tokensOf } from '../promises/rig.js'
import { says } from '../support/misbehaviour.js'
import { slow } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'

/** Every member that is read of a token answer, beside the refresh token. */
const MEMBERS = [
  ...['access_token', 'token_type', 'expires_in', 'refresh_expires_in', 'refresh_token_expires_in', 'scope'],
  ...['id_token', 'error', 'error_description', 'not-before-policy', 'session_state', 'typ'],
] as const
const ODD_AT_LEAST = 200

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = fc
  .tuple(
    fc.dictionary(fc.constantFrom('iss', 'sub', 'iat', 'nbf', 'exp', 'aud'), fc.jsonValue({ maxDepth: 1 })),
    fc.string(),
  )
  .map(
    ([claims, signature]) => `${part({ alg: 'none' })}.${part(claims)}.${Buffer.from(signature).toString('base64url')}`,
  )

/** What no provider should send there, and some do. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -1,
    1e308,
    true,
    [],
    {},
    ['Bearer'],
    'BearerToken',
    'DPoP',
    'tökén',
    'a\r\nb',
    'soon',
    'a.b.c.d.e',
  ),
  fc.string({ maxLength: 30 }),
  fc.constant('x'.repeat(60_000)),
  fc.jsonValue({ maxDepth: 2 }),
  jwt,
)
/** RFC 6749 Appendix A.17. */
const token = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 200,
})
const members = fc.dictionary(
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...MEMBERS) },
    { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
  ),
  odd,
  { maxKeys: 14 },
)
const status = fc.integer({ min: 200, max: 299 }).filter((code) => code !== 204 && code !== 205)
const contentType = fc.oneof(
  fc.constantFrom(
    'application/json',
    'text/plain',
    'text/html; charset=utf-8',
    'application/x-www-form-urlencoded',
    'nonsense',
    '',
  ),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 20 }),
)
const bom = fc.boolean()

/** A good refresh token among any other members, in whatever an HTTP answer may be. */
const goodAnswer = fc.tuple(token, members, status, contentType, bom)
const bodyOf = (refreshToken: string, others: Record<string, unknown>, begins: boolean) =>
  `${begins ? '\ufeff' : ''}${JSON.stringify({ ...others, refresh_token: refreshToken })}`

function createCount() {
  const counts = new Map<string, number>(MEMBERS.map((name) => [name, 0]))
  return {
    see(others: Record<string, unknown>) {
      for (const name of MEMBERS) if (name in others) counts.set(name, (counts.get(name) ?? 0) + 1)
    },
    least: () => Math.min(...counts.values()),
    told: () => [...counts].map(([name, count]) => `${name} ${count}`).join(', '),
  }
}

describe('any answer with one good refresh token', () => {
  slow(
    'is read, ten thousand times, and each member was odd at least 200 times',
    async () => {
      const count = createCount()
      await fc.assert(
        fc.asyncProperty(
          goodAnswer,
          fc.integer({ min: 0, max: 4e12 }),
          async ([refreshToken, others, code, type, begins], now) => {
            count.see(others)
            const body = bodyOf(refreshToken, others, begins)
            const answer = await readAnswer(new Answer(body, code, type === '' ? {} : { 'content-type': type }), now)
            const read = readTokenAnswer(answer, { now, sent: [['code', 'the-code-that-was-sent']], method: 'none' })
            expect(read?.refresh_token).toBe(refreshToken)
            expect(read?.remarks.length).toBeLessThanOrEqual(20)
            if (refreshToken.length > 20) expect(JSON.stringify(read?.remarks)).not.toContain(refreshToken)
          },
        ),
        { numRuns: 10_000 },
      )
      expect(count.least()).toBeGreaterThanOrEqual(ODD_AT_LEAST)
      process.stdout.write(`10,000 answers were read; odd were: ${count.told()}\n`)
    },
    240_000,
  )
})

describe('any answer with one good refresh token, over HTTP', () => {
  let rig: Rig

  beforeAll(async () => {
    rig = await startRig()
  })
  afterEach(() => rig.provider.mend())
  afterAll(() => rig.close())

  slow(
    'is what the app shows afterwards: at a sign-in, at a refresh and in the test, 300 times',
    async () => {
      let runs = 0
      await fc.assert(
        fc.asyncProperty(goodAnswer, async ([refreshToken, others, code, type, begins]) => {
          runs += 1
          rig.provider.mend()
          const visitor = new Visitor(rig.app)
          const way = runs % 3
          const answer = says(code, bodyOf(refreshToken, others, begins), { 'content-type': type.trim() })
          if (way === 0) {
            rig.provider.at('/token', answer)
            expect((await comeBack(visitor)).status).toBe(303)
          } else {
            await visitor.post('/auth/token', { refresh_token: 'brought-by-a-device' })
            rig.provider.at('/token', answer)
            if (way === 1) expect((await refresh(visitor)).status).toBe(200)
            // One answer in fifty is tested whole: the two refreshes of a test are more than a second apart.
            else if (runs % 50 === 2) expect((await visitor.post('/auth/prove', {}, JSON_PLEASE)).status).toBe(200)
            else expect((await refresh(visitor)).status).toBe(200)
          }
          expect((await tokensOf(visitor)).refresh_token).toBe(refreshToken)
          if (runs % 10 === 0) expect((await visitor.get('/profile')).status).toBe(200)
        }),
        { numRuns: 300 },
      )
      process.stdout.write(`${runs} answers came over HTTP\n`)
    },
    240_000,
  )
})

describe('any refusal', () => {
  const text = fc.string({ minLength: 1, maxLength: 400 }).filter((words) => cut(words).trim() !== '')
  const shapes: Record<string, (words: string) => unknown> = {
    error: (words) => ({ error: words }),
    error_description: (words) => ({ error: 'some_code', error_description: words }),
    message: (words) => ({ message: words }),
    'an error that is an object': (words) => ({ error: { message: words, code: 190 } }),
    'errors[0]': (words) => ({ errors: [words] }),
    'errors[0].message': (words) => ({ errors: [{ message: words }] }),
    errmsg: (words) => ({ errcode: 40029, errmsg: words }),
    'RFC 9457': (words) => ({ type: 'about:blank', status: 400, detail: words }),
  }

  it.each(Object.entries(shapes))('is told in its own words, cut and as text: %s', async (_shape, make) => {
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 400, max: 599 }), contentType, async (words, code, type) => {
        const answer = await readAnswer(new Answer(JSON.stringify(make(words)), code, { 'content-type': type }), 0)
        const told = wordsOf(answer, [])
        expect([told?.error, told?.description]).toContain(cut(words).trim())
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be left
        expect(`${told?.error}${told?.description}`).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
      }),
      { numRuns: 500 },
    )
  })

  it('is told without what was sent, wherever the provider puts it', async () => {
    const secret = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 8,
      maxLength: 80,
    })
    await fc.assert(
      fc.asyncProperty(secret, text, text, async (value, before, after) => {
        for (const sent of [value, encodeURIComponent(value)]) {
          const body = JSON.stringify({ error: 'odd', error_description: `${before}${sent}${after}` })
          const told = wordsOf(await readAnswer(new Answer(body, 400, {}), 0), [['refresh_token', value]])
          expect(told?.description ?? '').not.toContain(value)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('of any JSON at all is read without an exception', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), fc.integer({ min: 200, max: 599 }), async (value, code) => {
        wordsOf(await readAnswer(new Answer(JSON.stringify(value), code, {}), 0), [['code', 'x']])
      }),
      { numRuns: 2_000 },
    )
  })
})
