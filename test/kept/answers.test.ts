import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { comeBack, JSON_PLEASE, outcome, type Rig, refresh, startRig, tokensOf } from '../promises/rig.js'
import type { Misbehaviour } from '../support/faulty-provider.js'
import { late, says, saysJson, silence } from '../support/misbehaviour.js'
import { slow } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'

const NEW = { token_type: 'Bearer', access_token: 'new-access', refresh_token: 'new-refresh', expires_in: 300 }
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(NEW).filter(([name]) => !names.includes(name)))

/** A good new refresh token in an answer that is odd beside it, each as it was met. */
const KEPT: [what: string, answer: Misbehaviour, member: string][] = [
  ['without token_type (jupyterhub/oauthenticator#225)', saysJson(without('token_type')), 'token_type'],
  ['with BearerToken (Apigee)', saysJson({ ...NEW, token_type: 'BearerToken' }), 'token_type'],
  [
    'as text/plain (kanidm/kanidm#1966)',
    says(200, JSON.stringify(NEW), { 'content-type': 'text/plain' }),
    'content-type',
  ],
  [
    'without a Content-Type (kanidm/kanidm#1966)',
    says(200, JSON.stringify(NEW), { 'content-type': '' }),
    'content-type',
  ],
  ['with 201 (panva/openid-client#666)', saysJson(NEW, 201), 'status'],
  ['without access_token (panva/openid-client#717)', saysJson(without('access_token')), 'access_token'],
  ['with id_token null (panva/openid-client#115)', saysJson({ ...NEW, id_token: null }), 'id_token'],
  ['with an encrypted id_token (panva/openid-client#115)', saysJson({ ...NEW, id_token: 'a.b.c.d.e' }), 'id_token'],
]

describe('a good refresh token in an odd answer', () => {
  let rig: Rig

  beforeAll(async () => {
    rig = await startRig()
  })
  afterEach(() => {
    rig.provider.mend()
    rig.provider.givesRefreshToken = true
  })
  afterAll(() => rig.close())

  const membersOf = (remarks: { member: string }[]) => remarks.map(({ member }) => member)

  it.each(KEPT)(
    '%s is kept at a sign-in, at a refresh, and of a token that a device has',
    async (...[, answer, member]) => {
      const [visitor, device, fresh] = [await rig.signedIn(), new Visitor(rig.app), new Visitor(rig.app)]
      await device.post('/auth/token', { refresh_token: 'the-token-in-a-device' })
      rig.provider.at('/token', answer)
      const refreshed = await refresh(visitor)
      expect([refreshed.status, refreshed.json.refresh_token]).toEqual([200, 'new-refresh'])
      expect(membersOf(refreshed.json.remarks)).toContain(member)
      expect((await comeBack(fresh)).status).toBe(303)
      expect((await refresh(device)).status).toBe(200)
      for (const each of [visitor, device, fresh]) {
        const { refresh_token, remarks } = await tokensOf(each)
        expect([refresh_token, membersOf(remarks).includes(member)]).toEqual(['new-refresh', true])
        const page = await each.get('/profile')
        expect(page.text).toContain('new-refresh')
        expect(page.text).toContain('What was unusual in the provider')
      }
    },
  )

  it('is kept of a device whose token is tested there: its successor is shown', async () => {
    const device = new Visitor(rig.app)
    await device.post('/auth/token', { refresh_token: 'the-token-in-a-device' })
    let count = 0
    rig.provider.at('/token', (response, received) => {
      count += 1
      saysJson({ access_token: 'a', refresh_token: `successor-${count}` })(response, received)
    })
    expect((await device.post('/auth/prove', {}, JSON_PLEASE)).status).toBe(200)
    expect((await tokensOf(device)).refresh_token).toBe('successor-2')
  })

  it('is stored before the keys and UserInfo are asked: it is there although both hang', async () => {
    rig.provider.at('/keys', silence)
    rig.provider.at('/userinfo', silence)
    const [visitor, fresh] = [await rig.signedIn(), new Visitor(rig.app)]
    const answer = await refresh(visitor)
    expect([answer.status, (await tokensOf(visitor)).refresh_token]).toEqual([200, answer.json.refresh_token])
    const began = performance.now()
    rig.provider.at('/token', saysJson(NEW))
    expect((await comeBack(fresh)).status).toBe(303)
    expect(performance.now() - began).toBeLessThan(7_000)
    expect((await tokensOf(fresh)).refresh_token).toBe('new-refresh')
  })

  it('that is empty is none: the page says why none came, and that the sign-in worked', async () => {
    rig.provider.at('/token', saysJson({ ...NEW, refresh_token: '' }))
    const fresh = new Visitor(rig.app)
    expect((await comeBack(fresh)).status).toBe(303)
    const { refresh_token, access_token, remarks } = await tokensOf(fresh)
    expect([refresh_token, access_token]).toEqual([null, 'new-access'])
    expect(membersOf(remarks)).toEqual(['refresh_token'])
    expect((await fresh.get('/profile')).text).toContain(
      'The sign-in worked, and the provider gave only an access token',
    )
    expect(outcome(await refresh(fresh))).toBe('409 no_refresh_token')
  })

  it('that is of no use leaves the one before where it was', async () => {
    const visitor = await rig.signedIn()
    const { refresh_token } = await tokensOf(visitor)
    for (const odd of ['', {}, 5, 'a\nb', 'tökén', null, 'x'.repeat(50_000)]) {
      rig.provider.at('/token', saysJson({ ...NEW, refresh_token: odd }))
      const { status, json } = await refresh(visitor)
      expect([odd, status, json.refresh_token, membersOf(json.remarks)]).toEqual([
        odd,
        200,
        refresh_token,
        ['refresh_token'],
      ])
    }
  })

  slow('is waited for when the answer takes 15 s (infusionsoft/infusionsoft-php#220)', async () => {
    const visitor = await rig.signedIn()
    rig.provider.at('/token', late(15_000, saysJson(NEW)))
    const answer = await refresh(visitor)
    expect([answer.status, answer.json.refresh_token]).toEqual([200, 'new-refresh'])
  })

  it('of the type DPoP is kept, and told: a device does not have the key', async () => {
    const visitor = await rig.signedIn()
    rig.provider.at('/token', saysJson({ ...NEW, token_type: 'DPoP' }))
    const { json } = await refresh(visitor)
    expect([json.token_type, json.refresh_token, membersOf(json.remarks)]).toEqual([
      null,
      'new-refresh',
      ['token_type'],
    ])
  })
})

describe('the test of a token at a slow provider', () => {
  slow(
    'waits 25 s for each refresh, asks in what is left, and ends within 55 s',
    async () => {
      const rig = await startRig()
      rig.provider.rotates = true
      const visitor = await rig.signedIn()
      rig.provider.at('/token', late(24_000, rig.provider.sound['/token'] as Misbehaviour))
      for (const path of ['/introspect', '/keys']) rig.provider.at(path, silence)
      const began = performance.now()
      const { status, json } = await visitor.post('/auth/prove', {}, JSON_PLEASE)
      expect(performance.now() - began).toBeLessThan(56_000)
      expect([status, json.verdict]).toEqual([200, 'unknown'])
      expect(rig.provider.isLive((await tokensOf(visitor)).refresh_token)).toBe(true)
      await rig.close()
    },
    90_000,
  )
})
