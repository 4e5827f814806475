import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from '@jest/globals'
import { startApp } from '../support/app.js'
import { listening } from '../support/listening.js'
import { Visitor } from '../support/visitor.js'

const JSON_PLEASE = { accept: 'application/json' }
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/**
 * How introspection answers about a token; `n` is its number in the chain, undefined for one the provider never gave; `token` is
 * the token as it is.
 */
type Introspect = (n: number | undefined, res: ServerResponse, token: string) => void

const json = (res: ServerResponse, body: unknown, status = 200) => {
  res.writeHead(status, { 'content-type': 'application/json' })
  res.end(JSON.stringify(body))
}

const body = async (req: IncomingMessage) => {
  let text = ''
  for await (const chunk of req) text += chunk
  return new URLSearchParams(text)
}

interface Behaviour {
  introspect?: Introspect | null
  /** The number of the token that comes back for the nth use of any; null: none comes back. */
  gives?: (use: number) => number | null
  /** What else its answer says. */
  says?: Record<string, unknown>
  /** What it answers to a use instead: an error, with status 400. */
  refuses?: (token: string, use: number) => Record<string, string> | null
  /** Where it is mounted: some providers are known by their paths. */
  paths?: { authorize: string; token: string }
}

/** A provider that gives T1, T2, … for T0, unless told otherwise, with an introspection endpoint that answers as told. */
async function bringTo({
  introspect = null,
  gives = (use) => use,
  says = {},
  refuses = () => null,
  paths = { authorize: '/authorize', token: '/token' },
}: Behaviour) {
  const used: string[] = []
  let time = Date.now()
  const provider = await listening(async (req, res) => {
    const sent = await body(req)
    if (req.url === paths.token) {
      const token = sent.get('refresh_token') as string
      // The app finds out how to send the client's credentials with a token that nobody gave it.
      if (token.startsWith('made-up-')) return json(res, { error: 'invalid_grant' }, 400)
      used.push(token)
      const error = refuses(token, used.length)
      if (error) return json(res, error, 400)
      const n = gives(used.length)
      const answer = { access_token: 'opaque', token_type: 'Bearer', expires_in: 300, ...says }
      return json(res, n === null ? answer : { ...answer, refresh_token: `T${n}` })
    }
    if (introspect === null) return json(res, {}, 404)
    const token = sent.get('token') as string
    const n = /^T(\d+)$/.exec(token)?.[1]
    introspect(n === undefined ? undefined : Number(n), res, token)
  })
  const app = await startApp(
    {
      OAUTH2_CLIENT_ID: 'sensor',
      OAUTH2_CLIENT_SECRET: 'secret',
      OAUTH2_AUTHORIZATION_ENDPOINT: `${provider.url}${paths.authorize}`,
      OAUTH2_TOKEN_ENDPOINT: `${provider.url}${paths.token}`,
      ...(introspect && { OAUTH2_INTROSPECTION_ENDPOINT: `${provider.url}/introspect` }),
    },
    {
      now: () => time,
      // The proof waits between two refreshes, because Keycloak counts in seconds. This provider doesn't.
      pause: async (ms) => {
        time += ms
      },
    },
  )
  closing.push(app.close, provider.close)
  const visitor = new Visitor(app)
  await visitor.post('/auth/token', { refresh_token: 'T0' })
  return {
    visitor,
    used,
    /** Lets so many milliseconds pass on the app's clock. */
    later: (ms: number) => {
      time += ms
    },
    async prove(fields: Record<string, string> = {}) {
      const { status, json } = await visitor.post('/auth/prove', fields, JSON_PLEASE)
      const check = (id: string) => json.checks.find((one: { id: string }) => one.id === id)
      return { status, verdict: json.verdict, check }
    },
    refresh: () => visitor.post('/auth/refresh', {}, JSON_PLEASE),
    profile: async () => (await visitor.get('/profile', JSON_PLEASE)).json,
    usage: async () => JSON.parse((await visitor.get('/profile/device-config/json')).text).refresh_token_usage,
  }
}

async function prove(introspect: Introspect | null) {
  const { prove, used } = await bringTo({ introspect })
  return { ...(await prove()), used }
}

const active =
  (is: (n: number | undefined) => boolean): Introspect =>
  (n, res) =>
    json(res, { active: is(n) })

describe('what the proof makes of an answer', () => {
  it.each<[string, unknown]>([
    ['none', undefined],
    ['an object', {}],
  ])('without an access token (%s): it warns, and does not say that there is one', async (_, access_token) => {
    const { prove } = await bringTo({ introspect: active((n) => n !== undefined), says: { access_token } })
    const { verdict, check } = await prove()
    expect([verdict, check('refresh').result]).toEqual(['reusable', 'warn'])
    expect(check('refresh').message).toContain('has no access token')
  })
})

describe('what the proof makes of introspection', () => {
  it.each<[string, string, Introspect | null]>([
    ['reusable', 'calls every token of the chain active', active((n) => n !== undefined)],
    ['one_time', 'calls the newest alone active', active((n) => n === 2)],
    ['one_time', 'grants one reuse: the last two are active, the first is not', active((n) => n === 1 || n === 2)],
    ['unknown', 'is not there', null],
    ['unknown', 'calls everything inactive', active(() => false)],
    ['unknown', 'calls everything active, made-up tokens too', active(() => true)],
    ['unknown', 'answers HTML', (_n, res) => res.end('<html>')],
    ['unknown', 'answers 401', (_n, res) => json(res, { error: 'invalid_client' }, 401)],
    ['unknown', 'answers without "active"', (_n, res) => json(res, {})],
    ['unknown', 'answers "active" as a text', (_n, res) => json(res, { active: 'true' })],
    ['unknown', 'cuts the connection', (_n, res) => res.destroy()],
    ['unknown', 'redirects', (_n, res) => res.writeHead(302, { location: '/token' }).end()],
  ])('%s, when it %s', async (verdict, _what, introspect) => {
    const proof = await prove(introspect)
    expect(proof.verdict).toBe(verdict)
    expect(proof.used).toEqual(['T0', 'T1'])
  })

  it('unknown after a while, when it hangs', async () => {
    const started = performance.now()
    const proof = await prove((_n, _res) => {})
    expect(proof.verdict).toBe('unknown')
    expect(performance.now() - started).toBeLessThan(15_000)
  }, 30_000)

  it('unknown, when it reads tokens and does not check them', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const jwt = (n: number) => `${part({ alg: 'HS256' })}.${part({ n })}.c2lnbmF0dXJl`
    const { visitor, prove } = await bringTo({
      says: { refresh_token: jwt(1) },
      gives: () => null,
      introspect: (_n, res, token) => json(res, { active: token.split('.').length === 3 }),
    })
    await visitor.post('/auth/token', { refresh_token: jwt(0) })
    expect((await prove()).verdict).toBe('unknown')
  })

  it.each([
    ['the same one comes back', () => 0],
    ['none comes back', () => null],
  ])('does not matter to the verdict when %s', async (_what, gives) => {
    const { prove, used } = await bringTo({ gives, introspect: active(() => false) })
    expect((await prove()).verdict).toBe('reusable')
    expect(used).toEqual(['T0', 'T0'])
  })

  it.each([
    ['reusable', 'the first, when another comes back the second time only', true],
    ['one_time', 'the first, when another comes back the second time only', false],
  ])('%s: is asked about %s', async (verdict, _what, firstLives) => {
    const { prove } = await bringTo({
      gives: (use) => use - 1,
      introspect: active((n) => n === 1 || (n === 0 && firstLives)),
    })
    expect((await prove()).verdict).toBe(verdict)
  })

  it('is asked about the first of all, though it was refreshed by hand before', async () => {
    const { prove, refresh } = await bringTo({ introspect: active((n) => n !== undefined && n > 0) })
    await refresh()
    expect((await prove()).verdict).toBe('one_time')
  })
})

describe('an end that only introspection tells', () => {
  const inAnHour = () => Math.floor(Date.now() / 1000) + 3600
  const ending = (exp: unknown): Introspect => {
    return (n, res) => json(res, n === undefined ? { active: false } : { active: true, exp })
  }

  it('is told of a token that no other replaces', async () => {
    const exp = inAnHour()
    // Nothing of it when the token was brought: the end is not known from there.
    let asked = 0
    const { prove, profile, usage } = await bringTo({
      gives: () => 0,
      introspect: (n, res, token) => (asked++ === 0 ? json(res, { active: true }) : ending(exp)(n, res, token)),
    })
    const { verdict, check } = await prove()
    expect([verdict, check('lifetime').result]).toEqual(['reusable', 'warn'])
    expect((await profile()).refresh_token_expires_at).toBe(new Date(exp * 1000).toISOString())
    expect(await usage()).toBe('store')
  })

  it('stays known when the same token comes back', async () => {
    const exp = inAnHour()
    const { refresh, profile } = await bringTo({ gives: () => 0, introspect: ending(exp) })
    const before = (await profile()).refresh_token_expires_at
    expect(before).toBe(new Date(exp * 1000).toISOString())
    await refresh()
    expect((await profile()).refresh_token_expires_at).toBe(before)
  })

  it('keeps the device storing tokens, also when a later one has come whose end nobody told', async () => {
    const { prove, refresh, visitor, usage } = await bringTo({ introspect: ending(inAnHour()) })
    expect((await prove()).verdict).toBe('reusable')
    await refresh()
    expect(await usage()).toBe('store')
    expect((await visitor.get('/profile')).text).toContain('The token before this one had an end.')
  })

  it('is the date of the calendar entry; without any there is none', async () => {
    const exp = inAnHour()
    const { visitor } = await bringTo({ introspect: ending(exp) })
    const day = new Date(exp * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '')
    const { text } = await visitor.get('/profile/reminder.ics')
    expect(text).toContain(`\r\nDTSTART:${day}Z\r\nSUMMARY:Mint a new token to replace the `)
    // An hour before the end a week's notice would lie in the past: one alarm before, one at the time.
    expect(text.match(/TRIGGER:.*/g)).toEqual(['TRIGGER:-PT5M', 'TRIGGER:PT0S'])
    const { visitor: other } = await bringTo({})
    const none = await other.get('/profile/reminder.ics', JSON_PLEASE)
    expect([none.status, none.json.code]).toEqual([404, 'not_found'])
  })

  it.each([1e300, -1, 0, 'tomorrow', null])('is none, when it is %p', async (exp) => {
    const { prove, visitor } = await bringTo({ gives: () => 0, introspect: ending(exp) })
    const { status, check } = await prove()
    if (status === 200) expect(check('lifetime').result).toBe('unknown')
    expect((await visitor.get('/profile')).status).toBe(200)
  })
})

describe('a provider that takes a replaced token for a while', () => {
  const chain = active((n) => n !== undefined)

  it('is believed only afterwards, where it is known for that', async () => {
    let over = false
    const { prove, later, check, visitor } = await okta(() => over)
    const { text } = await visitor.get('/profile')
    expect([text.includes('<p>Test it again in '), text.includes('name="reuse"')]).toEqual([true, false])
    expect(check('reuse')).toMatchObject({
      result: 'unknown',
      hint: expect.stringMatching(/^Test it again in \d+ sec/),
    })
    later(95_000)
    over = true
    expect((await prove()).verdict).toBe('one_time')
  })

  it('is called reusable afterwards, when the first token lives on', async () => {
    const { prove, later, check } = await okta(() => false)
    expect(check('reuse').result).toBe('unknown')
    later(95_000)
    expect((await prove()).verdict).toBe('reusable')
  })

  async function okta(over: () => boolean) {
    const paths = { authorize: '/oauth2/default/v1/authorize', token: '/oauth2/default/v1/token' }
    const brought = await bringTo({ paths, introspect: active((n) => n !== undefined && (n > 1 || !over())) })
    return { ...brought, ...(await brought.prove()), prove: brought.prove }
  }

  it('may be any that nobody knows: the proof says how to be sure', async () => {
    const { prove, later } = await bringTo({ introspect: chain })
    const soon = await prove()
    expect([soon.verdict, soon.check('reuse').hint]).toEqual(['reusable', expect.stringContaining('for a short time')])
    later(95_000)
    expect((await prove()).check('reuse')).toMatchObject({ result: 'pass', hint: null })
  })
})

describe('a verdict and what comes after it', () => {
  it('is withdrawn when another token comes back for the first time', async () => {
    const { prove, refresh, profile } = await bringTo({ gives: (use) => (use < 3 ? 0 : 1) })
    expect((await prove()).verdict).toBe('reusable')
    expect((await refresh()).json.verdict).toBeNull()
    expect((await profile()).verdict).toBeNull()
  })

  it('stays when the same token comes back, and when more others do', async () => {
    const same = await bringTo({ gives: () => 0 })
    await same.prove()
    expect((await same.refresh()).json.verdict).toBe('reusable')
    const others = await bringTo({ introspect: active((n) => (n === undefined ? false : n > 1)) })
    await others.prove()
    expect((await others.refresh()).json.verdict).toBe('one_time')
  })

  it('is invalid once a refresh was refused, and the proof still tells why', async () => {
    const refuses = () => ({ error: 'invalid_grant', error_description: 'Stale token' })
    const { prove, refresh, used, visitor } = await bringTo({ refuses })
    expect((await refresh()).status).toBe(409)
    const page = await visitor.get('/profile')
    expect(page.text).toContain('A newer token replaced this one')
    expect(page.text).toContain('Use the newest token')
    const { verdict, check } = await prove()
    expect(verdict).toBe('invalid')
    expect(check('refresh')).toMatchObject({
      result: 'fail',
      message: expect.stringContaining('A newer token replaced this one'),
      hint: expect.stringContaining('Use the newest token'),
    })
    for (const id of ['reuse', 'client_authentication']) {
      expect(check(id)).toMatchObject({ result: 'unknown', skipped_because: 'refresh' })
    }
    expect(used).toEqual(['T0'])
  })

  it('is invalid when the second refresh is refused', async () => {
    const refuses = (_token: string, use: number) => (use === 2 ? { error: 'invalid_grant' } : null)
    const { prove, profile } = await bringTo({ refuses, gives: () => null })
    const { verdict, check } = await prove()
    expect(verdict).toBe('invalid')
    expect(check('reuse').skipped_because).toBe('refresh')
    // The first refresh has shown that the provider takes the client's credentials.
    expect(check('client_authentication')).toMatchObject({ result: 'pass', skipped_because: null })
    expect((await profile()).verdict).toBe('invalid')
  })

  it('is none when the provider fails half-way', async () => {
    const refuses = (_token: string, use: number) => (use === 2 ? { error: 'server_error' } : null)
    const { visitor, profile } = await bringTo({ refuses })
    expect((await visitor.post('/auth/prove', {}, JSON_PLEASE)).json.code).toBe('provider_error')
    expect(await profile()).toMatchObject({ verdict: null, refresh_token: 'T1' })
  })
})

describe('the reuse test', () => {
  const DEX = {
    error: 'invalid_request',
    error_description: 'Refresh token is invalid or has already been claimed by another client.',
  }

  it.each([
    ['one_time', 'refuses the first and keeps the newest', (token: string, use: number) => use > 2 && token === 'T0'],
    ['one_time', 'ends the whole grant', (_token: string, use: number) => use > 2],
    ['reusable', 'takes the first', () => false],
  ])('%s, when the provider %s', async (verdict, _what, refuse) => {
    const refuses = (token: string, use: number) => (refuse(token, use) ? { error: 'invalid_grant' } : null)
    const { prove, later, used, profile, visitor } = await bringTo({ refuses })
    expect((await prove()).verdict).toBe('unknown')
    later(95_000)
    expect((await prove({ reuse: 'yes' })).verdict).toBe(verdict)
    expect(used).toEqual(['T0', 'T1', 'T0', 'T2'])
    // Where it ended the grant, the entry is dead: the test's answer says why, and the page says both.
    const dead = refuse('T2', 3)
    expect(await profile()).toMatchObject({ verdict: dead ? 'invalid' : verdict, refresh_token: dead ? 'T2' : 'T4' })
    const { text } = await visitor.get('/profile')
    expect(text.includes('One-time, and dead since the reuse test.')).toBe(dead)
  })

  it('is not needed for the next token: what it found is remembered', async () => {
    const refuses = (token: string, use: number) => (use > 2 && token === 'T0' ? { error: 'invalid_grant' } : null)
    const { prove, later, visitor } = await bringTo({ refuses })
    await prove()
    later(95_000)
    await prove({ reuse: 'yes' })
    await visitor.post('/auth/token', { refresh_token: 'another' })
    const { verdict, check } = await prove()
    expect([verdict, check('reuse').message]).toEqual(['one_time', expect.stringContaining('an earlier token')])
    expect((await visitor.get('/profile')).text).not.toContain('name="reuse"')
  })

  it('understands a provider that says invalid_request of a used token (Dex)', async () => {
    const refuses = (token: string, use: number) => (use > 2 && token === 'T0' ? DEX : null)
    const { prove, later } = await bringTo({ refuses })
    await prove()
    later(95_000)
    expect((await prove({ reuse: 'yes' })).verdict).toBe('one_time')
  })

  it('makes of the same words a dead token on a refresh', async () => {
    const { refresh, profile } = await bringTo({ refuses: () => DEX })
    const refused = await refresh()
    expect([refused.status, refused.json.code]).toEqual([409, 'invalid_grant'])
    expect((await profile()).verdict).toBe('invalid')
  })

  it('sends nothing when it comes too early, and says when it may', async () => {
    const { visitor, prove, used, later } = await bringTo({})
    await prove()
    later(30_000)
    const early = await visitor.post('/auth/prove', { reuse: 'yes' }, JSON_PLEASE)
    expect([early.status, early.json.code, early.json.status]).toEqual([425, 'too_early', 425])
    const wait = Number(early.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(50)
    expect(wait).toBeLessThanOrEqual(60)
    expect(used).toHaveLength(2)
    later(wait * 1000)
    expect((await prove({ reuse: 'yes' })).status).toBe(200)
  })

  it('is a proof like any other where nothing was replaced yet', async () => {
    const { prove, used } = await bringTo({})
    expect((await prove({ reuse: 'yes' })).verdict).toBe('unknown')
    expect(used).toEqual(['T0', 'T1'])
  })

  it('is made although a proof is under way', async () => {
    const { prove, used, later } = await bringTo({})
    await prove()
    later(95_000)
    const [, tested] = await Promise.all([prove(), prove({ reuse: 'yes' })])
    expect(tested.verdict).toBe('reusable')
    expect(used.filter((token) => token === 'T0')).toHaveLength(2)
  })
})

describe('a clock that is set back', () => {
  it('loses no token', async () => {
    const { refresh, later, profile } = await bringTo({})
    expect((await refresh()).json.refresh_token).toBe('T1')
    later(-3_600_000)
    expect((await refresh()).json.refresh_token).toBe('T2')
    expect((await profile()).refresh_token).toBe('T2')
  })
})

describe('a proof and a refresh at the same time', () => {
  it('wait for each other: no token is sent twice', async () => {
    const { prove, refresh, used } = await bringTo({ introspect: active((n) => (n === undefined ? false : n > 0)) })
    const [proof, refreshed] = await Promise.all([prove(), refresh()])
    expect([proof.verdict, refreshed.status]).toEqual(['one_time', 200])
    expect(new Set(used).size).toBe(used.length)
  })
})

describe('how providers say that a refresh token is dead', () => {
  it.each([
    ['RFC 6749', 'invalid_grant', 400],
    ['GitHub, with status 200', 'bad_refresh_token', 200],
    ['Ory Hydra', 'token_inactive', 401],
    ['Zoho', 'invalid_code', 200],
  ])('%s: %s makes it invalid', async (_who, error, status) => {
    const provider = await listening((_req, res) => json(res, { error }, status))
    const app = await startApp({
      OAUTH2_CLIENT_ID: 'sensor',
      OAUTH2_CLIENT_SECRET: 'secret',
      OAUTH2_AUTHORIZATION_ENDPOINT: `${provider.url}/authorize`,
      OAUTH2_TOKEN_ENDPOINT: `${provider.url}/token`,
    })
    closing.push(app.close, provider.close)
    const visitor = new Visitor(app)
    await visitor.post('/auth/token', { refresh_token: 'T0' })
    const refused = await visitor.post('/auth/refresh', {}, JSON_PLEASE)
    expect([refused.status, refused.json.code, refused.json.error]).toEqual([409, 'invalid_grant', error])
    expect((await visitor.get('/profile', JSON_PLEASE)).json.verdict).toBe('invalid')
  })
})
