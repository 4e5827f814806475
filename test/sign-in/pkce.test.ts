import { afterEach, describe, expect, it } from '@jest/globals'
import { comeBack, JSON_PLEASE, outcome, type Rig, startRig } from '../promises/rig.js'
import { type RunningApp, startApp } from '../support/app.js'
import { Visitor } from '../support/visitor.js'

const closing: (Rig | RunningApp)[] = []
afterEach(async () => {
  for (const each of closing.splice(0)) await each.close()
})

/** A provider that answers `invalid_request` as soon as it sees a challenge, as some older ones do. */
async function withProviderThatRefusesPkce(env: Record<string, string>): Promise<Rig> {
  const rig = await startRig(env)
  closing.push(rig)
  rig.provider.at('/auth', (response, received) => {
    if (!received.form.has('code_challenge')) return rig.provider.sound['/auth']?.(response, received)
    const back = new URL(received.form.get('redirect_uri') ?? '')
    const parameters = {
      error: 'invalid_request',
      error_description: 'Unknown parameter: code_challenge',
      state: received.form.get('state') ?? '',
      iss: rig.provider.issuer,
    }
    back.search = `${new URLSearchParams(parameters)}`
    response.writeHead(302, { location: back.href }).end()
  })
  return rig
}

describe('OAUTH2_PKCE=off', () => {
  it('signs in at a provider that refuses PKCE, without challenge and verifier', async () => {
    const rig = await withProviderThatRefusesPkce({ OAUTH2_PKCE: 'off' })
    const answer = await comeBack(new Visitor(rig.app), () => {}, { accept: 'text/html' })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/profile'])
    const exchange = rig.provider.received.find(({ form }) => form.get('grant_type') === 'authorization_code')
    expect(exchange?.form.has('code_verifier')).toBe(false)
  })

  it("still takes no callback whose state is not this browser's", async () => {
    const rig = await withProviderThatRefusesPkce({ OAUTH2_PKCE: 'off' })
    const answer = await comeBack(new Visitor(rig.app), (parameters) => parameters.set('state', 'x'.repeat(43)))
    expect(outcome(answer)).toBe('403 invalid_state')
  })

  it('is what the set-up check tries, too', async () => {
    const rig = await withProviderThatRefusesPkce({ OAUTH2_PKCE: 'off' })
    const { json } = await new Visitor(rig.app).post('/auth/check', {}, JSON_PLEASE)
    const [asked] = rig.provider.received.filter(({ path }) => path === '/auth')
    expect(asked?.form.has('code_challenge')).toBe(false)
    const row = json.checks.find(({ id }: { id: string }) => id === 'authorization_request')
    expect([row.result, row.message]).not.toEqual(['fail', expect.anything()])
  })

  it('signs in at the demo provider, built on oidc-provider', async () => {
    const app = await startApp({ OAUTH2_PKCE: 'off' })
    closing.push(app)
    expect((await new Visitor(app).signIn('demo', 'demo')).status).toBe(200)
  })
})

describe('OAUTH2_PKCE unset', () => {
  it('sends the challenge, and says what such a provider answers', async () => {
    const rig = await withProviderThatRefusesPkce({})
    const answer = await comeBack(new Visitor(rig.app))
    expect([outcome(answer), answer.json.error_description]).toEqual([
      '502 provider_error',
      'Unknown parameter: code_challenge',
    ])
  })
})
