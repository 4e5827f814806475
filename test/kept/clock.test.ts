import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Provider } from 'oidc-provider/lib/provider.js'
import { JSON_PLEASE, tokensOf } from '../promises/rig.js'
import { type RunningApp, startApp } from '../support/app.js'
import { freePort } from '../support/free-port.js'
import { Visitor } from '../support/visitor.js'

const TEN_MINUTES = 600_000

interface Remark {
  member: string
  message: string
}

/** npm oidc-provider with rotation: each refresh token works once, and a used one ends the grant. */
async function startOidcProvider(callback: string): Promise<{ issuer: string; server: Server }> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'sensor',
        client_secret: 'sensor-secret',
        redirect_uris: [callback],
        grant_types: ['authorization_code', 'refresh_token'],
        scope: 'openid offline_access',
      },
    ],
    scopes: ['openid', 'offline_access'],
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    features: { devInteractions: { enabled: false }, introspection: { enabled: true }, revocation: { enabled: true } },
    ttl: { AccessToken: 300, IdToken: 300, RefreshToken: 86_400, Grant: 86_400, Session: 86_400, Interaction: 600 },
    findAccount: async (_context: unknown, sub: string) => ({ accountId: sub, claims: async () => ({ sub }) }),
    loadExistingGrant: async (context: never) => grantFor(context),
    interactions: { url: async (_context: unknown, interaction: { uid: string }) => `/sign-in/${interaction.uid}` },
  } as never)
  // biome-ignore lint/suspicious/noExplicitAny: oidc-provider has no types
  const grantFor = async ({ oidc }: any) => {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId })
    grant.addOIDCScope('openid offline_access')
    await grant.save()
    return grant
  }
  const server = createServer(async (request, response) => {
    // Whoever comes is signed in at once.
    if (request.url?.startsWith('/sign-in/')) {
      // biome-ignore lint/suspicious/noExplicitAny: oidc-provider has no types
      return (provider as any).interactionFinished(request, response, { login: { accountId: 'alice' } })
    }
    // biome-ignore lint/suspicious/noExplicitAny: oidc-provider has no types
    ;(provider as any).callback()(request, response)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { issuer, server }
}

describe.each([
  ['ahead', TEN_MINUTES],
  ['behind', -TEN_MINUTES],
])('npm oidc-provider with rotation, and this app with its clock 10 minutes %s', (way, off) => {
  let provider: Awaited<ReturnType<typeof startOidcProvider>>
  let app: RunningApp
  let visitor: Visitor

  beforeAll(async () => {
    const port = await freePort()
    provider = await startOidcProvider(`http://localhost:${port}/auth/oauth2/callback`)
    const env = {
      OAUTH2_ISSUER: provider.issuer,
      OAUTH2_CLIENT_ID: 'sensor',
      OAUTH2_CLIENT_SECRET: 'sensor-secret',
      OAUTH2_SCOPE: 'openid offline_access',
    }
    app = await startApp(env, { port, now: () => Date.now() + off })
    visitor = new Visitor(app)
  })
  afterAll(async () => {
    await app.close()
    provider.server.closeAllConnections()
    await new Promise((resolve) => provider.server.close(resolve))
  })

  const clockRemarks = (remarks: Remark[]) => remarks.filter(({ message }) => message.includes('clock'))

  it('signs in, keeps the token and names the clock, with the seconds, in the answer and on the page', async () => {
    const callback = await visitor.authorize('', '')
    expect((await visitor.get(callback)).status).toBe(303)
    const { refresh_token, remarks } = await tokensOf(visitor)
    expect(refresh_token).toMatch(/^.{20,}$/)
    const [{ message } = { message: '' }] = clockRemarks(remarks)
    expect(message).toContain(`clock is ${way}`)
    expect(Number(/(\d+) s/.exec(message)?.[1])).toBeGreaterThan(200)
    expect((await visitor.get('/profile')).text).toContain('clock is ')
  })

  it('refreshes again and again, and tests: no token is lost', async () => {
    for (let time = 0; time < 3; time += 1) {
      const before = (await tokensOf(visitor)).refresh_token
      const { status, json } = await visitor.post('/auth/refresh', {}, JSON_PLEASE)
      expect([status, clockRemarks(json.remarks).length, json.refresh_token === before]).toEqual([200, 1, false])
    }
    expect((await visitor.post('/auth/prove', {}, JSON_PLEASE)).json.verdict).toBe('one_time')
    expect((await visitor.post('/auth/refresh', {}, JSON_PLEASE)).status).toBe(200)
  })
})
