import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt } from 'jose'
import { type Demo, startDemo } from './start-demo.js'

let demo: Demo
beforeAll(async () => {
  demo = await startDemo()
})
afterAll(() => demo.close())

const activity = async (...tokens: string[]) =>
  Promise.all(tokens.map(async (token) => (await demo.introspect(token)).json.active))

/** A token used once, and the one that came for it. */
async function chain(username: string): Promise<[string, string]> {
  const { refresh_token } = await demo.mint(username)
  return [refresh_token, String((await demo.refresh(refresh_token)).json.refresh_token)]
}

describe('introspection', () => {
  it('says what is in the token, whose it is, and that it is active', async () => {
    const { refresh_token } = await demo.mint()
    const { status, json } = await demo.introspect(refresh_token)
    expect(status).toBe(200)
    expect(json).toEqual({ ...decodeJwt(refresh_token), client_id: 'sensor', username: 'demo', active: true })
    expect(json.exp).toBeUndefined()
  })

  it.each([
    ['demo', [true, true]],
    ['rotating', [false, true]],
  ])('of the user %s calls the first and the newest token %j', async (username, expected) => {
    const tokens = await chain(username)
    expect(await activity(...tokens)).toEqual(expected)
    // Nothing was used up by asking.
    expect((await demo.refresh(tokens[1])).status).toBe(200)
  })

  it('calls the newest token inactive after an old one was used again', async () => {
    const [first, newest] = await chain('rotating')
    await demo.refresh(first)
    expect(await activity(first, newest)).toEqual([false, false])
  })

  it('says nothing but inactive of anything else', async () => {
    const { access_token, refresh_token } = await demo.mint()
    for (const token of ['made-up', access_token, `${refresh_token}x`]) {
      const { status, json } = await demo.introspect(token)
      expect({ status, json }).toEqual({ status: 200, json: { active: false } })
    }
  })

  it('gives the end of an ordinary refresh token', async () => {
    const { refresh_token } = await demo.mint('demo', 'profile')
    const { exp } = decodeJwt(refresh_token)
    expect((await demo.introspect(refresh_token)).json).toMatchObject({ active: true, typ: 'Refresh', exp })
  })
})

describe('revocation', () => {
  it.each(['demo', 'rotating'])('of a token of the user %s makes it and all that came of it dead', async (username) => {
    const [first, newest] = await chain(username)
    const revoked = await demo.post('revoke', { token: newest, token_type_hint: 'refresh_token' })
    expect({ status: revoked.status, text: revoked.text }).toEqual({ status: 200, text: '' })
    expect(await activity(first, newest)).toEqual([false, false])
    for (const token of [first, newest]) {
      expect((await demo.refresh(token)).json).toMatchObject({ error: 'invalid_grant' })
    }
  })

  it("leaves the same user's other tokens alone", async () => {
    const [one, other] = [await demo.mint(), await demo.mint()]
    await demo.post('revoke', { token: one.refresh_token })
    expect(await activity(one.refresh_token, other.refresh_token)).toEqual([false, true])
  })

  it('answers 200 for a token that is dead or was never there (RFC 7009 §2.2)', async () => {
    const { refresh_token } = await demo.mint()
    for (const token of [refresh_token, refresh_token, 'made-up']) {
      expect((await demo.post('revoke', { token })).status).toBe(200)
    }
  })
})
