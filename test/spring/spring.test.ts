import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type RunningApp, startApp } from '../support/app.js'
import { freePort } from '../support/free-port.js'
import { SPRING_CLIENT, SPRING_START, SPRING_USER, type Spring, startSpring } from '../support/spring.js'
import { describeWith, lackingJava } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'

const JSON_PLEASE = { accept: 'application/json' }
type Checks = { id: string; result: string }[]

describeWith(lackingJava(), 'At Spring Authorization Server', () => {
  describe.each([
    { reuse: true, verdict: 'reusable', result: 'pass' },
    { reuse: false, verdict: 'one_time', result: 'warn' },
  ])('with reuse-refresh-tokens=$reuse', ({ reuse, verdict, result }) => {
    let spring: Spring
    let app: RunningApp
    let visitor: Visitor
    beforeAll(async () => {
      spring = await startSpring(reuse)
      const port = await freePort()
      app = await startApp(spring.env(port), { port })
      visitor = new Visitor(app)
    }, SPRING_START)
    afterAll(async () => {
      await app?.close()
      await spring?.stop()
    })

    it('cannot tell before a sign-in whether the provider knows the client', async () => {
      const { json } = await visitor.post('/auth/check', {}, JSON_PLEASE)
      const checks = Object.fromEntries((json.checks as Checks).map(({ id, result }) => [id, result]))
      expect(checks).toMatchObject({
        discovery: 'pass',
        authorization_request: 'unknown',
        client_authentication: 'pass',
        endpoints: 'pass',
        clock: 'pass',
      })
    })

    it(`proves that the token is ${verdict}, and leaves the newest one working`, async () => {
      const page = await visitor.signIn(SPRING_USER.username, SPRING_USER.password)
      expect(page).toMatchObject({ status: 200, url: `${app.url}/profile` })
      const { refresh_token: initial } = (await visitor.get('/profile', JSON_PLEASE)).json
      const { json } = await visitor.post('/auth/prove', {}, JSON_PLEASE)
      expect(json.verdict).toBe(verdict)
      expect((json.checks as Checks).find(({ id }) => id === 'reuse')).toMatchObject({ result })
      // Its tokens end after an hour, which introspection alone tells.
      expect((json.checks as Checks).find(({ id }) => id === 'lifetime')).toMatchObject({ result: 'warn' })
      const { refresh_token: newest, refresh_token_expires_at } = (await visitor.get('/profile', JSON_PLEASE)).json
      expect(newest === initial).toBe(reuse)
      const minutes = (Date.parse(refresh_token_expires_at) - Date.now()) / 60_000
      expect(minutes).toBeGreaterThan(58)
      expect(minutes).toBeLessThanOrEqual(60)
      expect((await visitor.post('/auth/refresh', {}, JSON_PLEASE)).status).toBe(200)
      expect(await refresh(spring, initial)).toBe(reuse ? 200 : 400)
    })
  })
})

/** Only now may a token be sent twice: the status. */
async function refresh({ tokenEndpoint }: Spring, refresh_token: string): Promise<number> {
  const [id, secret] = [SPRING_CLIENT.clientId, SPRING_CLIENT.secret].map(encodeURIComponent)
  const response = await fetch(tokenEndpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token }),
  })
  return response.status
}
