import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt, SignJWT } from 'jose'
import { type Demo, startDemo } from './start-demo.js'

let now = Date.now()
let demo: Demo
beforeAll(async () => {
  demo = await startDemo({ clock: () => now })
})
afterAll(() => demo.close())

async function userinfo(token: string | null, method = 'GET') {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(demo.endpoint('userinfo'), { method, headers })
  return { status: response.status, headers: response.headers, json: await response.json() }
}

describe('UserInfo', () => {
  it.each(['GET', 'POST'])('tells who signed in, for an access token with scope openid (%s)', async (method) => {
    const { access_token } = await demo.mint('rotating', 'openid offline_access')
    const { status, json } = await userinfo(access_token, method)
    expect(status).toBe(200)
    expect(json).toEqual({
      sub: decodeJwt(access_token).sub,
      email_verified: true,
      name: 'Robin Rotating',
      preferred_username: 'rotating',
      given_name: 'Robin',
      family_name: 'Rotating',
      email: 'rotating@example.org',
    })
  })

  it('refuses an access token without scope openid with 403 insufficient_scope', async () => {
    const { access_token } = await demo.mint()
    const { status, json, headers } = await userinfo(access_token)
    expect({ status, error: json.error }).toEqual({ status: 403, error: 'insufficient_scope' })
    expect(headers.get('www-authenticate')).toContain('error="insufficient_scope"')
  })

  it('refuses with 401 what is no access token of ours', async () => {
    const { refresh_token, access_token } = await demo.mint('demo', 'openid offline_access')
    const forged = await new SignJWT(decodeJwt(access_token))
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new Uint8Array(32))
    for (const token of [null, 'made-up', refresh_token, forged, access_token.slice(0, -4)]) {
      const { status, json, headers } = await userinfo(token)
      expect({ status, error: json.error }).toEqual({ status: 401, error: 'invalid_token' })
      expect(headers.get('www-authenticate')).toMatch(/^Bearer /)
    }
  })

  it('refuses an access token that has expired, or whose grant was revoked', async () => {
    const one = await demo.mint('demo', 'openid offline_access')
    now += 299_000
    expect((await userinfo(one.access_token)).status).toBe(200)
    now += 2_000
    expect((await userinfo(one.access_token)).status).toBe(401)

    const other = await demo.mint('demo', 'openid offline_access')
    await demo.post('revoke', { token: other.refresh_token })
    expect((await userinfo(other.access_token)).status).toBe(401)
  })
})
