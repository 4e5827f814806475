import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Misbehaviour } from '../support/faulty-provider.js'
import { answerLost, late, resetBefore, says, saysJson, silence } from '../support/misbehaviour.js'
import { slow } from '../support/tools.js'
import type { Visitor } from '../support/visitor.js'
import { pause } from '../support/wait.js'
import { JSON_PLEASE, outcome, type Rig, refresh, startRig, tokensOf } from './rig.js'

const HTML = { 'content-type': 'text/html' }
describe('a refresh', () => {
  let rig: Rig
  let visitor: Visitor
  const soundToken = () => rig.provider.sound['/token'] as Misbehaviour
  const refreshes = () => rig.provider.asked('refresh_token')

  beforeAll(async () => {
    rig = await startRig()
  })
  afterAll(() => rig.close())
  beforeEach(async () => {
    rig.provider.mend()
    rig.provider.adds = {}
    rig.provider.rotates = true
    visitor = await rig.signedIn()
    rig.provider.received.length = 0
  })

  it('D1 that five ask for at once is one use of the token, and five same answers', async () => {
    rig.provider.at('/token', late(200, soundToken()))
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(visitor)))
    expect(refreshes()).toBe(1)
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(rig.provider.isLive(answers[0]?.json.refresh_token)).toBe(true)
  })

  it('D5 under way is waited for by a revocation, which then ends the newest token and the first', async () => {
    const first = (await tokensOf(visitor)).refresh_token
    rig.provider.at('/token', late(500, soundToken()))
    const refreshing = refresh(visitor)
    await pause(100)
    const revoked = await visitor.post('/auth/revoke', {}, JSON_PLEASE)
    const { json } = await refreshing
    expect(revoked.json).toMatchObject({ revoked: true })
    expect(rig.provider.isLive(json.refresh_token)).toBe(false)
    expect((await tokensOf(visitor)).verdict).toBe('invalid')
    const sent = rig.provider.received.filter(({ path }) => path === '/revoke')
    expect(sent.map(({ form }) => form.get('token'))).toEqual([json.refresh_token, first])
  })

  it('D5 that comes while a revocation is under way is refused, and nothing comes alive again', async () => {
    const { refresh_token } = await tokensOf(visitor)
    rig.provider.at('/revoke', late(500, rig.provider.sound['/revoke'] as Misbehaviour))
    const revoking = visitor.post('/auth/revoke', {}, JSON_PLEASE)
    await pause(100)
    expect(outcome(await refresh(visitor))).toBe('409 invalid_grant')
    expect((await revoking).json).toMatchObject({ revoked: true })
    expect(refreshes()).toBe(0)
    expect(rig.provider.isLive(refresh_token)).toBe(false)
  })

  it('D5 under way when somebody signs out: the session stays gone, and the token lives', async () => {
    rig.provider.at('/token', late(500, soundToken()))
    const { cookie } = visitor
    const refreshing = refresh(visitor)
    await pause(100)
    expect((await visitor.post('/auth/logout', {}, JSON_PLEASE)).status).toBe(204)
    const { json } = await refreshing
    visitor.cookie = cookie
    expect((await visitor.get('/profile', JSON_PLEASE)).status).toBe(401)
    expect(rig.provider.isLive(json.refresh_token)).toBe(true)
  })

  it('D5 that comes while somebody signs out brings nothing back, in whatever order the two arrive', async () => {
    for (let round = 0; round < 40; round += 1) {
      const leaving = await rig.signedIn()
      const { cookie } = leaving
      const [before] = [(await tokensOf(leaving)).refresh_token]
      const out = () => leaving.post('/auth/logout', {}, JSON_PLEASE)
      const [first, second] = round % 2 === 0 ? [out, () => refresh(leaving)] : [() => refresh(leaving), out]
      const begun = first()
      // From both at once to one a little after the other.
      if (round % 5 > 0) await pause(round % 5)
      const answers = await Promise.all([begun, second()])
      const [left, refreshed] = round % 2 === 0 ? answers : answers.toReversed()
      expect(left?.status).toBe(204)
      // A refresh that was under way hands its token over, once: nothing of it is kept.
      expect(['200', '401 not_signed_in', '503 store_unavailable']).toContain(refreshed && outcome(refreshed))
      leaving.cookie = cookie
      expect((await leaving.get('/profile', JSON_PLEASE)).status).toBe(401)
      expect(outcome(await refresh(leaving))).toBe('401 not_signed_in')
      expect(rig.provider.isLive(refreshed?.json.refresh_token ?? before)).toBe(true)
    }
  })

  it('D8 keeps the old token when none came, takes the new one when one did, and warns of files handed out before', async () => {
    rig.provider.rotates = false
    const keeper = await rig.signedIn()
    const before = await tokensOf(keeper)
    rig.provider.at('/token', saysJson({ token_type: 'Bearer', access_token: 'new' }))
    const kept = (await refresh(keeper)).json
    expect(kept).toMatchObject({
      access_token: 'new',
      refresh_token: before.refresh_token,
      refresh_token_changed: false,
    })

    rig.provider.mend()
    const first = (await tokensOf(visitor)).refresh_token
    expect((await visitor.get('/profile/device-config/json', { accept: '*/*' })).json.refresh_token).toBe(first)
    const proof = await visitor.post('/auth/prove', {}, JSON_PLEASE)
    expect(proof.json.verdict).toBe('one_time')
    const { refresh_token, refresh_token_changed } = await tokensOf(visitor)
    expect([refresh_token === first, refresh_token_changed]).toEqual([false, true])
    expect((await visitor.get('/profile')).text).toContain('The token in your file no longer works')
  })

  it('D9 refused marks the token dead; anything else leaves it as it is', async () => {
    const { refresh_token } = await tokensOf(visitor)
    const rows: [string, Misbehaviour, string][] = [
      ['500', says(500, '<h1>Oops</h1>', HTML), '502 provider_unreachable'],
      ['429', says(429, '', { 'retry-after': '3' }), '502 provider_unreachable'],
      ['invalid_client', saysJson({ error: 'invalid_client' }, 401), '502 provider_error'],
      [
        'invalid_client with a challenge',
        saysJson({ error: 'invalid_client' }, 401, { 'www-authenticate': 'Basic realm="x"' }),
        '502 provider_error',
      ],
      ['unauthorized_client', saysJson({ error: 'unauthorized_client' }, 400), '502 provider_error'],
      ['invalid_scope', saysJson({ error: 'invalid_scope' }, 400), '502 provider_error'],
      ['temporarily_unavailable', saysJson({ error: 'temporarily_unavailable' }, 503), '502 provider_error'],
    ]
    for (const [what, misbehaves, expected] of rows) {
      rig.provider.at('/token', misbehaves)
      expect([what, outcome(await refresh(visitor))]).toEqual([what, expected])
      expect([what, await tokensOf(visitor)]).toMatchObject([what, { refresh_token, verdict: null }])
    }
    rig.provider.at('/token', saysJson({ error: 'invalid_grant' }, 400))
    const page = await visitor.post('/auth/refresh')
    expect(page.status).toBe(409)
    expect(page.text).toContain('href="/auth/oauth2"')
    expect(await tokensOf(visitor)).toMatchObject({ refresh_token, verdict: 'invalid' })
    const asked = refreshes()
    expect(outcome(await refresh(visitor))).toBe('409 invalid_grant')
    expect(refreshes()).toBe(asked)
  })

  slow('D9 that is never answered leaves the token as it is', async () => {
    const { refresh_token } = await tokensOf(visitor)
    rig.provider.at('/token', silence)
    expect(outcome(await refresh(visitor))).toBe('504 provider_timeout')
    expect(await tokensOf(visitor)).toMatchObject({ refresh_token, verdict: null })
  })

  it("D10 with an ID token of another user's or issuer's is kept, with a remark; of another client's, nothing is said", async () => {
    const own = await startRig({ OAUTH2_SCOPE: 'openid offline_access' })
    const { issuer, clientId } = own.provider
    const idToken = (claims: object) => own.provider.jwt({ iss: issuer, aud: clientId, sub: 'somebody', ...claims })
    own.provider.adds = { id_token: idToken({}) }
    for (const [claims, odd] of [
      [{ sub: 'another' }, true],
      [{ iss: 'https://evil.test' }, true],
      [{ aud: 'another-client' }, false],
    ] as const) {
      own.provider.mend()
      const other = await own.signedIn()
      const members = { token_type: 'Bearer', access_token: 'new', refresh_token: 'new-one', id_token: idToken(claims) }
      own.provider.at('/token', saysJson(members))
      const { status, json } = await refresh(other)
      expect([claims, status, json.refresh_token]).toEqual([claims, 200, 'new-one'])
      expect((await tokensOf(other)).refresh_token).toBe('new-one')
      expect([claims, json.remarks.map(({ member }: { member: string }) => member)]).toEqual([
        claims,
        odd ? ['id_token'] : [],
      ])
    }
    await own.close()
  })

  it('D11 of a token that is to be revoked: "revoked" is said only when the provider answered with a success', async () => {
    const rows: [string, Misbehaviour, string][] = [
      ['503', says(503, '', { 'retry-after': '9' }), '502 provider_unreachable'],
      ['unsupported_token_type', saysJson({ error: 'unsupported_token_type' }, 400), '502 provider_error'],
      ['invalid_client', saysJson({ error: 'invalid_client' }, 401), '502 provider_error'],
      ['a reset', resetBefore, '502 provider_unreachable'],
      ['a page with 404', says(404, '<h1>Not found</h1>', HTML), '502 provider_malformed'],
      [
        'a redirect',
        (response) => void response.writeHead(302, { location: '/login' }).end(),
        '502 provider_malformed',
      ],
    ]
    for (const [what, misbehaves, expected] of rows) {
      rig.provider.at('/revoke', misbehaves)
      const answer = await visitor.post('/auth/revoke', {}, JSON_PLEASE)
      expect([what, outcome(answer)]).toEqual([what, expected])
      if (what === '503') expect(answer.headers.get('retry-after')).toBe('9')
      expect([what, (await tokensOf(visitor)).verdict]).toEqual([what, null])
      const page = await visitor.post('/auth/revoke')
      expect([what, page.text]).toEqual([what, expect.stringContaining('Your token is saved and probably still valid')])
      expect([what, page.text]).not.toEqual([what, expect.stringMatching(/was revoked|Revoked/)])
      if (what === '503') expect(page.text).toContain('Try again')
    }
    rig.provider.mend()
    expect((await refresh(visitor)).status).toBe(200)

    // What the provider does not know is not valid there: RFC 7009 §2.2 answers 200.
    for (const status of [201, 204]) {
      const other = await rig.signedIn()
      rig.provider.at('/revoke', (response) => void response.writeHead(status).end())
      expect((await other.post('/auth/revoke', {}, JSON_PLEASE)).json).toMatchObject({ revoked: true })
    }
    rig.provider.at('/revoke', says(200, ''))
    expect((await visitor.post('/auth/revoke', {}, JSON_PLEASE)).json).toMatchObject({ revoked: true })
    expect((await tokensOf(visitor)).verdict).toBe('invalid')
  })

  slow('D11 of a token whose revocation is never answered: nothing is marked', async () => {
    rig.provider.at('/revoke', silence)
    expect(outcome(await visitor.post('/auth/revoke', {}, JSON_PLEASE))).toBe('504 provider_timeout')
    expect((await tokensOf(visitor)).verdict).toBeNull()
    rig.provider.mend()
    expect((await refresh(visitor)).status).toBe(200)
  })

  it('D11 of a token that is to be revoked where the provider has no way to: said, and nothing is marked', async () => {
    const own = await startRig()
    own.provider.announces = { revocation_endpoint: undefined }
    const signedIn = await own.signedIn()
    const answer = await signedIn.post('/auth/revoke', {}, JSON_PLEASE)
    expect(answer.status).toBe(502)
    expect(answer.json.detail).toContain('no revocation endpoint')
    expect((await tokensOf(signedIn)).verdict).toBe(null)
    await own.close()
  })

  it('D12 after a copy went out: warned of beforehand, and when the copy was used, it is dead and said so', async () => {
    const proven = await visitor.post('/auth/prove', {}, JSON_PLEASE)
    expect(proven.json.verdict).toBe('one_time')
    const device = (await visitor.get('/profile/device-config/json', { accept: '*/*' })).json
    expect((await visitor.get('/profile')).text).toMatch(/only one device may/i)
    const here = (await refresh(visitor)).json
    expect(here.refresh_token).not.toBe(device.refresh_token)
    const { clientId, clientSecret, issuer } = rig.provider
    const used = await fetch(`${issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: device.refresh_token,
        client_id: clientId,
        client_secret: clientSecret,
      }),
    })
    expect(used.status).toBe(400)
    const asked = refreshes()
    expect(outcome(await refresh(visitor))).toBe('409 invalid_grant')
    expect(outcome(await refresh(visitor))).toBe('409 invalid_grant')
    expect(refreshes()).toBe(asked + 1)
  })

  it('D12 of one sign-in of two is not touched when the other is revoked', async () => {
    const second = await rig.signedIn()
    await visitor.post('/auth/revoke', {}, JSON_PLEASE)
    expect((await refresh(second)).status).toBe(200)
    // How far it reaches is said before it is done.
    expect((await second.get('/profile')).text).toContain(
      'Every device that holds it stops working at its next refresh.',
    )
  })

  it('is not sent twice when the answer got lost, and goes through after the provider was restarted', async () => {
    rig.provider.rotates = false
    const other = await rig.signedIn()
    const asked = refreshes()
    rig.provider.at('/token', answerLost(soundToken()))
    expect(outcome(await refresh(other))).toBe('502 provider_unreachable')
    expect(refreshes()).toBe(asked + 1)
    rig.provider.mend()
    expect((await refresh(other)).status).toBe(200)
    await rig.provider.stop()
    await rig.provider.start()
    expect((await refresh(other)).status).toBe(200)
  })
})
