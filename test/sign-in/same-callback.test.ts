import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { JSON_PLEASE, outcome, type Rig, startRig, tokensOf } from '../promises/rig.js'
import type { Misbehaviour } from '../support/faulty-provider.js'
import { late, saysJson } from '../support/misbehaviour.js'
import { Visitor } from '../support/visitor.js'

/** A browser that dropped an answer, and the cookie in it. */
const withCookie = (app: { url: string }, cookie: string) => Object.assign(new Visitor(app), { cookie })

describe('two callbacks of one state (nextcloud/user_oidc#1515)', () => {
  let rig: Rig
  let now = Date.now()
  let visitor: Visitor
  let callback: string
  /** As the browser had it when it left for the provider. */
  let oldCookie: string
  const soundToken = () => rig.provider.sound['/token'] as Misbehaviour
  const second = () => withCookie(rig.app, oldCookie)

  beforeAll(async () => {
    rig = await startRig({}, { now: () => now })
  })
  afterAll(() => rig.close())
  beforeEach(async () => {
    now = Date.now()
    rig.provider.mend()
    visitor = new Visitor(rig.app)
    callback = await visitor.authorize('', '')
    oldCookie = visitor.cookie
    rig.provider.received.length = 0
  })

  it('lead to one token: the second waits for the first and goes where it goes, in a session of its own', async () => {
    rig.provider.at('/token', late(300, soundToken()))
    const again = second()
    const another = new URL(callback)
    const first = visitor.get(callback)
    while (rig.provider.asked('authorization_code') === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    another.searchParams.set('code', 'the-code-of-the-second-click')
    const answers = await Promise.all([first, again.get(another.href)])
    expect(answers.map(({ status, headers }) => [status, headers.get('location')])).toEqual([
      [303, '/profile'],
      [303, '/profile'],
    ])
    expect(rig.provider.asked('authorization_code')).toBe(1)
    expect(again.cookie).not.toBe(oldCookie)
    expect(again.cookie).not.toBe(visitor.cookie)
    expect((await tokensOf(again)).refresh_token).toBe((await tokensOf(visitor)).refresh_token)
  })

  it('lead there when the second comes after the first, whose answer the browser dropped', async () => {
    await second().get(callback)
    expect((await visitor.get(callback)).headers.get('location')).toBe('/profile')
    expect((await tokensOf(visitor)).refresh_token).toMatch(/^refresh-/)
    expect(rig.provider.asked('authorization_code')).toBe(1)
  })

  it('A3 lead nowhere with the old cookie once the new one has come back', async () => {
    await visitor.get(callback)
    expect((await visitor.get('/profile')).status).toBe(200)
    expect(outcome(await second().get(callback, JSON_PLEASE))).toBe('403 invalid_state')
    expect((await second().get('/profile', JSON_PLEASE)).status).toBe(401)
    for (let reload = 0; reload < 3; reload += 1) expect((await visitor.get(callback)).status).toBe(303)
  })

  it('A3 lead nowhere with the old cookie after 60 s', async () => {
    await visitor.get(callback)
    now += 59_000
    expect((await second().get(callback)).status).toBe(303)
    now += 2_000
    expect(outcome(await second().get(callback, JSON_PLEASE))).toBe('403 invalid_state')
  })

  it('end in the same error, and in one token request', async () => {
    rig.provider.at('/token', late(300, saysJson({ error: 'invalid_grant', error_description: 'Code not valid' }, 400)))
    const answers = await Promise.all([visitor.get(callback, JSON_PLEASE), second().get(callback, JSON_PLEASE)])
    const later = await second().get(callback, JSON_PLEASE)
    for (const answer of [...answers, later]) {
      expect([outcome(answer), answer.json.error_description]).toEqual(['502 provider_error', 'Code not valid'])
    }
    expect(rig.provider.asked('authorization_code')).toBe(1)
  })

  it('are the same one in the same browser alone', async () => {
    await visitor.get(callback)
    const stranger = new Visitor(rig.app)
    await stranger.get('/auth/oauth2')
    expect(outcome(await stranger.get(callback, JSON_PLEASE))).toBe('403 invalid_state')
    const forged = withCookie(rig.app, oldCookie.replace(/.{4}$/, 'AAAA'))
    expect(outcome(await forged.get(callback, JSON_PLEASE))).toBe('403 invalid_state')
  })
})
