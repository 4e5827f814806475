import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type RunningApp, startApp } from '../support/app.js'
import { Visitor } from '../support/visitor.js'

const JSON_PLEASE = { accept: 'application/json' }

describe('POST /auth/prove at the embedded provider', () => {
  let app: RunningApp
  let time = Date.now()

  beforeAll(async () => {
    app = await startApp({}, { now: () => time })
  })
  afterAll(() => app.close())

  const prove = (visitor: Visitor, fields = {}) => visitor.post('/auth/prove', fields, JSON_PLEASE)
  const result = (answer: { json: { checks: { id: string; result: string }[] } }) =>
    Object.fromEntries(answer.json.checks.map(({ id, result }) => [id, result]))

  it('calls the tokens of demo reusable, and the first one works on', async () => {
    const visitor = new Visitor(app)
    await visitor.signIn('demo', 'demo')
    const { refresh_token: first } = (await visitor.get('/profile', JSON_PLEASE)).json
    const proof = await prove(visitor)
    expect(proof.status).toBe(200)
    expect(proof.json.verdict).toBe('reusable')
    expect(result(proof)).toEqual({
      refresh: 'pass',
      offline_token: 'pass',
      reuse: 'pass',
      client_authentication: 'pass',
      lifetime: 'pass',
      token_endpoint: 'pass',
      access_token: 'pass',
    })
    const after = (await visitor.get('/profile', JSON_PLEASE)).json
    expect(after.verdict).toBe('reusable')
    expect(after.refresh_token).not.toBe(first)
    expect((await refreshAt(app, first)).status).toBe(200)
  })

  it('calls those of rotating one-time, without ever using one twice', async () => {
    const visitor = new Visitor(app)
    await visitor.signIn('rotating', 'demo')
    const proof = await prove(visitor)
    expect(proof.json.verdict).toBe('one_time')
    expect(result(proof).reuse).toBe('warn')
    expect((await visitor.post('/auth/refresh', {}, JSON_PLEASE)).status).toBe(200)
  })

  it('refuses the reuse test before 90 seconds, and then finds what it costs', async () => {
    const visitor = new Visitor(app)
    await visitor.signIn('rotating', 'demo')
    await prove(visitor)
    const early = await prove(visitor, { reuse: 'yes' })
    expect([early.status, early.json.code]).toEqual([425, 'too_early'])
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(80)
    time += 95_000
    const proof = await prove(visitor, { reuse: 'yes' })
    expect(proof.json.verdict).toBe('one_time')
    const page = await visitor.get('/profile')
    expect(page.text).toContain('data-verdict="invalid"')
    expect((await visitor.post('/auth/refresh', {}, JSON_PLEASE)).status).toBe(409)
  })

  it('finds by the reuse test that a reusable token is one', async () => {
    const visitor = new Visitor(app)
    await visitor.signIn('demo', 'demo')
    await prove(visitor)
    time += 95_000
    const proof = await prove(visitor, { reuse: 'yes' })
    expect(proof.json.verdict).toBe('reusable')
    expect((await visitor.post('/auth/refresh', {}, JSON_PLEASE)).status).toBe(200)
  })

  it('proves a token that somebody brought', async () => {
    const owner = new Visitor(app)
    await owner.signIn('demo', 'demo')
    const { refresh_token } = (await owner.get('/profile', JSON_PLEASE)).json
    const visitor = new Visitor(app)
    const brought = await visitor.post('/auth/token', { refresh_token: `\n${refresh_token} ` })
    expect([brought.status, brought.headers.get('location')]).toEqual([303, '/profile'])
    const { json } = await visitor.get('/profile', JSON_PLEASE)
    expect(json).toMatchObject({ refresh_token, access_token: null, verdict: null, refreshed_at: null })
    expect((await prove(visitor)).json.verdict).toBe('reusable')
  })

  it('calls a made-up token invalid, and says what to do', async () => {
    const visitor = new Visitor(app)
    await visitor.post('/auth/token', { refresh_token: 'made-up' })
    const proof = await prove(visitor)
    expect(proof.status).toBe(200)
    expect(proof.json.verdict).toBe('invalid')
    const refresh = proof.json.checks.find(({ id }: { id: string }) => id === 'refresh')
    expect(refresh.result).toBe('fail')
    expect(refresh.hint).toBeTruthy()
  })

  it.each([
    ['an empty one', ''],
    ['one with a control character inside', 'a\u0007b'],
    ['one of 60 kB', 'x'.repeat(60_000)],
  ])('refuses to take %s', async (_what, refresh_token) => {
    const answer = await new Visitor(app).post('/auth/token', { refresh_token }, JSON_PLEASE)
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_field'])
  })

  it('refuses any other value of reuse', async () => {
    const visitor = new Visitor(app)
    await visitor.signIn('demo', 'demo')
    expect((await prove(visitor, { reuse: 'maybe' })).json.code).toBe('invalid_field')
  })
})

const refreshAt = (app: RunningApp, refresh_token: string) =>
  fetch(`${app.url}/realms/organicity/protocol/openid-connect/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('sensor:sensor-secret').toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token }),
  })
