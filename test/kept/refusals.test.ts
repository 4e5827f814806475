import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { fateOf, REFUSALS } from '../../server/knowledge/refusals.js'
import { comeBack, JSON_PLEASE, outcome, type Rig, refresh, startRig, tokensOf } from '../promises/rig.js'
import type { Misbehaviour } from '../support/faulty-provider.js'
import { says, saysJson } from '../support/misbehaviour.js'
import { Visitor } from '../support/visitor.js'

const STRAVA = {
  message: 'Bad Request',
  errors: [{ resource: 'RefreshToken', field: 'refresh_token', code: 'invalid' }],
}
const html = (title: string) =>
  `<!doctype html><html><head><title>${title}</title></head><body>A token: SECRET-OF-THE-PAGE</body></html>`

type Row = [what: string, answer: Misbehaviour, refresh: string, said: string | null, test: string]

/** What a provider answers to a refresh, what the app says, the words it tells, and what the test says of the same answer. */
const ROWS: Row[] = [
  [
    "Strava's shape (dreeveapp/dreeve#1449)",
    saysJson(STRAVA, 400),
    '409 invalid_grant',
    'Bad Request: RefreshToken refresh_token invalid',
    '200',
  ],
  [
    'an error that is an object (Facebook)',
    saysJson({ error: { message: 'Session has expired', code: 190 } }, 400),
    '502 provider_error',
    'Session has expired',
    '502 provider_error',
  ],
  [
    'JSON as text/plain (kanidm/kanidm#4470)',
    says(400, '{"error":"invalid_grant"}', { 'content-type': 'text/plain' }),
    '409 invalid_grant',
    null,
    '200',
  ],
  ['token_inactive (ory/hydra#3004)', saysJson({ error: 'token_inactive' }, 401), '409 invalid_grant', null, '200'],
  ['bad_refresh_token with 200 (GitHub)', saysJson({ error: 'bad_refresh_token' }), '409 invalid_grant', null, '200'],
  [
    'bad_refresh_token in a form (GitHub)',
    says(200, 'error=bad_refresh_token&error_description=It+is+incorrect', {
      'content-type': 'application/x-www-form-urlencoded',
    }),
    '409 invalid_grant',
    'It is incorrect',
    '200',
  ],
  ['invalid_code (Zoho)', saysJson({ error: 'invalid_code' }), '409 invalid_grant', null, '200'],
  [
    "Dex's words",
    saysJson(
      {
        error: 'invalid_request',
        error_description: 'Refresh token is invalid or has already been claimed by another client.',
      },
      400,
    ),
    '409 invalid_grant',
    'Refresh token is invalid or has already been claimed by another client.',
    '200',
  ],
  [
    'a disabled user (Keycloak, measured)',
    saysJson({ error: 'invalid_grant', error_description: 'User disabled' }, 400),
    '409 token_refused',
    'User disabled',
    '409 token_refused',
  ],
  [
    'the role that is gone (Keycloak)',
    saysJson(
      {
        error: 'invalid_grant',
        error_description: 'Offline session invalid because offline access not granted anymore',
      },
      400,
    ),
    '409 token_refused',
    'Offline session invalid because offline access not granted anymore',
    '409 token_refused',
  ],
  [
    'another host name (Keycloak)',
    saysJson(
      { error: 'invalid_grant', error_description: "Invalid token issuer. Expected 'http://a', but was 'http://b'" },
      400,
    ),
    '409 token_refused',
    "Invalid token issuer. Expected 'http://a', but was 'http://b'",
    '409 token_refused',
  ],
  [
    'another client (Keycloak)',
    saysJson(
      {
        error: 'invalid_grant',
        error_description: "Invalid refresh token. Token client and authorized client don't match",
      },
      400,
    ),
    '409 token_refused',
    "Invalid refresh token. Token client and authorized client don't match",
    '409 token_refused',
  ],
  [
    'a second factor (Entra)',
    saysJson(
      {
        error: 'invalid_grant',
        error_description: 'AADSTS50076: Due to a configuration change, you must use multi-factor',
      },
      400,
    ),
    '409 token_refused',
    'AADSTS50076: Due to a configuration change, you must use multi-factor',
    '409 token_refused',
  ],
  [
    'RFC 9457',
    saysJson({ title: 'Forbidden', detail: 'Not from there' }, 403),
    '502 provider_error',
    'Forbidden: Not from there',
    '502 provider_error',
  ],
  [
    'errmsg (WeChat)',
    saysJson({ errcode: 40029, errmsg: 'invalid code' }),
    '502 provider_error',
    'invalid code',
    '502 provider_error',
  ],
  [
    'a page of a balancer',
    says(502, html('502 Bad &amp; Gateway'), { 'content-type': 'text/html' }),
    '502 provider_error',
    '502 Bad & Gateway',
    '502 provider_error',
  ],
]

describe('a refusal', () => {
  let rig: Rig

  beforeAll(async () => {
    rig = await startRig()
  })
  afterEach(() => rig.provider.mend())
  afterAll(() => rig.close())

  it.each(ROWS)(
    'in %s is told with its words, at a refresh and in the test',
    async (...[, answer, refreshed, said, tested]) => {
      const [one, other] = [await rig.signedIn(), await rig.signedIn()]
      rig.provider.at('/token', answer)
      const told = await refresh(one)
      expect([outcome(told), told.json.error_description]).toEqual([refreshed, said])
      const test = await other.post('/auth/prove', {}, JSON_PLEASE)
      expect(outcome(test)).toBe(tested)
      if (tested === '200') expect(test.json.verdict).toBe('invalid')
      for (const visitor of [one, other]) {
        expect((await tokensOf(visitor)).verdict).toBe(refreshed === '409 invalid_grant' ? 'invalid' : null)
      }
    },
  )

  it('for now is no end: once it is put right, the same entry is refreshed and tested', async () => {
    const visitor = await rig.signedIn()
    const page = () => visitor.post('/auth/refresh')
    rig.provider.at('/token', saysJson({ error: 'invalid_grant', error_description: 'User disabled' }, 400))
    const refused = await page()
    expect(refused.status).toBe(409)
    expect(refused.text).toContain('It is not dead')
    rig.provider.mend()
    expect((await visitor.post('/auth/prove', {}, JSON_PLEASE)).json.verdict).toBe('reusable')
    expect((await refresh(visitor)).status).toBe(200)
  })

  it('of a code is told in the browser whose sign-in it was', async () => {
    rig.provider.at('/token', says(503, html('Down for maintenance'), { 'content-type': 'text/html' }))
    const back = await comeBack(new Visitor(rig.app))
    expect([outcome(back), back.json.error, back.json.error_description]).toEqual([
      '502 provider_error',
      null,
      'Down for maintenance',
    ])
    expect(back.text).not.toContain('SECRET-OF-THE-PAGE')
    expect(rig.app.logged.join('')).not.toMatch(/Down for maintenance|SECRET-OF-THE-PAGE/)
  })

  it('tells what was there when there are no words, and no value of it', async () => {
    const visitor = await rig.signedIn()
    rig.provider.at('/token', saysJson({ ok: true, 'a member with blanks': 1, data: 'SECRET-OF-THE-PAGE' }))
    const { json } = await refresh(visitor)
    expect(json.code).toBe('provider_malformed')
    expect(json.detail).toBe(
      'The token endpoint answered 200 with an object with the members ok, data, sent as application/json. It has no usable access_token or refresh_token.',
    )
  })

  it('never quotes what was sent, not even its beginning', async () => {
    const visitor = await rig.signedIn()
    const { refresh_token } = await tokensOf(visitor)
    rig.provider.at('/token', (response, { form, headers }) => {
      const quoted = `${form.get('refresh_token')} ${form.get('refresh_token')?.slice(0, 20)} ${headers.authorization}`
      saysJson({ error: 'odd_one', error_description: `Not good: ${quoted}` }, 400)(response, undefined as never)
    })
    const { json, text } = await refresh(visitor)
    expect(json.error_description).toBe('Not good: <refresh_token> <refresh_token> Basic <authorization>')
    expect(text).not.toContain(refresh_token.slice(0, 20))
  })

  it('says when to ask again, in seconds or by a date', async () => {
    const visitor = await rig.signedIn()
    const date = new Date(Date.now() + 90_000).toUTCString()
    for (const [sent, least, most] of [
      ['7', 7, 7],
      [date, 80, 92],
      [new Date(0).toUTCString(), 0, 0],
      ['99999999999', 86_400, 86_400],
      ['soon', null, null],
    ] as const) {
      rig.provider.at('/token', says(503, '', { 'retry-after': sent }))
      const { headers } = await refresh(visitor)
      const told = headers.get('retry-after')
      if (least === null) expect(told).toBeNull()
      else {
        expect(Number(told)).toBeGreaterThanOrEqual(least)
        expect(Number(told)).toBeLessThanOrEqual(most)
      }
    }
  })

  it('shows in the log, at debug, what the answer was like, and never what was in it', async () => {
    const visitor = await rig.signedIn()
    rig.provider.at('/token', saysJson({ message: 'SECRET-OF-THE-PAGE', count: 5, list: [], none: null }, 418))
    await refresh(visitor)
    const lines = rig.app.logged.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'provider answered')
    expect(lines.at(-1)).toMatchObject({
      where: 'refresh',
      status: 418,
      contentType: 'application/json',
      members: { message: 'string', count: 'number', list: 'array', none: 'null' },
    })
    expect(rig.app.logged.join('')).not.toContain('SECRET-OF-THE-PAGE')
  })
})

/** Programs write these as a pattern. */
const MARKS: Record<string, string> = {
  'RefreshToken refresh_token invalid': 'RefreshToken',
  'is invalid or has already been claimed by another client': 'already been claimed',
  "Token client and authorized client don't match": 'Token client and authorized client don',
  AADSTS50076: '50076',
  AADSTS50079: '50079',
  AADSTS53003: '53003',
}

describe('the table of refusals', () => {
  it('calls every other invalid_grant dead, also without words, and says nothing of other errors', () => {
    expect(fateOf('invalid_grant', null)).toBe('dead')
    expect(fateOf('invalid_grant', 'Words that nobody knows')).toBe('dead')
    expect(fateOf('temporarily_unavailable', 'User disabled')).toBeNull()
    expect(fateOf('invalid_client', 'invalid_grant')).toBeNull()
    expect(fateOf(null, 'Bad Request')).toBeNull()
  })

  const folder = new URL('../../server/device-config/programs/', import.meta.url)
  const programs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(sh|py|mjs|ino)$/.test(name),
  )

  /** What a program must know to judge as the table does: each code, and a part of the words that no other row has. */
  const marksFor = (name: string) =>
    // A board knows a dead token by its code alone: Strava and Dex, who have none, are tried again ever more slowly there.
    REFUSALS.filter(({ fate, error }) => !/ino$|micropython/.test(name) || fate === 'refused' || error !== null).map(
      ({ error, words }) => MARKS[words ?? ''] ?? words ?? (error as string),
    )

  it.each(programs)('is the same in the program %s', (name) => {
    const source = readFileSync(new URL(name, folder), 'utf8')
    expect([name, marksFor(name).filter((mark) => !source.includes(mark))]).toEqual([name, []])
  })
})
