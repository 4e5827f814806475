import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { SPRING_START, type Spring, startSpring } from '../support/spring.js'
import { describeWith, lacking } from '../support/tools.js'
import { runCheck } from './run-check.js'

describeWith(lacking('java', 'jar', 'mvn'), 'The set-up check at Spring Authorization Server', () => {
  let spring: Spring
  beforeAll(async () => {
    spring = await startSpring(true)
  }, SPRING_START)
  afterAll(() => spring?.stop())

  it('can not tell what shows only after the sign-in page, and finds nothing wrong', async () => {
    const { ok, results, found } = await runCheck(spring.env(3000))
    expect(results).toEqual({
      discovery: 'pass',
      authorization_request: 'unknown',
      client_authentication: 'pass',
      endpoints: 'pass',
      clock: 'pass',
    })
    expect(ok).toBe(true)
    // It can not decode a raw header, and says invalid_request to it.
    expect(found.client_authentication?.accepted).toEqual(['client_secret_basic'])
  })

  it('never passes an authorization request, not even one of a client that is not there', async () => {
    const { results } = await runCheck({ ...spring.env(3000), OAUTH2_CLIENT_ID: 'nobody' })
    expect(results.authorization_request).toBe('unknown')
    expect(results.client_authentication).toBe('fail')
  })

  it.each([
    ['a wrong secret', { OAUTH2_CLIENT_SECRET: 'wrong' }, /OAUTH2_CLIENT_SECRET/],
    [
      'a way of sending the secret that it does not take',
      { OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD: 'client_secret_post' },
      /^Set OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD=client_secret_basic in \.env, then restart\.$/,
    ],
  ] as [string, Record<string, string>, RegExp][])('finds %s', async (_, wrong, hint) => {
    const { ok, found } = await runCheck({ ...spring.env(3000), ...wrong })
    expect(found.client_authentication).toMatchObject({ result: 'fail', hint: expect.stringMatching(hint) })
    expect(ok).toBe(false)
  })
})
