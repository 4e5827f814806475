import { describe, expect, it } from '@jest/globals'
import { PRESETS } from '../../server/knowledge/presets.js'
import { json, startFakeProvider } from '../check/fake-provider.js'
import { startApp } from '../support/app.js'
import { Visitor } from '../support/visitor.js'

/** Where each provider is, as a user sets it: the authorization endpoint, the token endpoint. */
const PLACES: [id: string, authorization: string, token: string][] = [
  [
    'keycloak',
    'https://sso.example/realms/r/protocol/openid-connect/auth',
    'https://sso.example/realms/r/protocol/openid-connect/token',
  ],
  ['google', 'https://accounts.google.com/o/oauth2/v2/auth', 'https://oauth2.googleapis.com/token'],
  [
    'entra',
    'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
    'https://login.microsoftonline.com/common/oauth2/v2.0/token',
  ],
  ['auth0', 'https://tenant.eu.auth0.com/authorize', 'https://tenant.eu.auth0.com/oauth/token'],
  ['okta', 'https://org.okta.com/oauth2/v1/authorize', 'https://org.okta.com/oauth2/v1/token'],
  ['github', 'https://github.com/login/oauth/authorize', 'https://github.com/login/oauth/access_token'],
  ['gitlab', 'https://gitlab.com/oauth/authorize', 'https://gitlab.com/oauth/token'],
  ['spotify', 'https://accounts.spotify.com/authorize', 'https://accounts.spotify.com/api/token'],
  ['hydra', 'https://hydra.example/oauth2/auth', 'https://hydra.example/oauth2/token'],
  ['authentik', 'https://sso.example/application/o/authorize/', 'https://sso.example/application/o/token/'],
  ['zitadel', 'https://sso.example/oauth/v2/authorize', 'https://sso.example/oauth/v2/token'],
]

async function homeOf(id: string, env: Record<string, string>) {
  const app = await startApp({ OAUTH2_CLIENT_ID: 'sensor', OAUTH2_CLIENT_SECRET: 'secret', ...env })
  const visitor = new Visitor(app)
  // Discovery may be under way still.
  const start = await visitor.get('/auth/oauth2')
  const home = await visitor.get('/')
  await app.close()
  const preset = PRESETS.find((known) => known.id === id)
  const asked = new URL(start.headers.get('location') as string).searchParams
  return { preset, asked, text: home.text.replaceAll('&#39;', "'").replaceAll('&#34;', '"').replaceAll('&amp;', '&') }
}

describe('the home page, before anybody signs in', () => {
  it.each(PLACES)('tells how %s wants to be asked, and asks so', async (id, authorization, token) => {
    const env = { OAUTH2_AUTHORIZATION_ENDPOINT: authorization, OAUTH2_TOKEN_ENDPOINT: token }
    const { preset, asked, text } = await homeOf(id, env)
    expect(text).toContain(preset?.asksFor)
    for (const requirement of preset?.requirements ?? []) expect(text).toContain(requirement)
    expect(asked.get('scope') ?? '').toBe(preset?.scope)
    for (const [name, value] of preset?.authorizationParams ?? []) expect(asked.get(name)).toBe(value)
  })

  it('knows Dex by its metadata', async () => {
    const provider = await startFakeProvider({
      '/.well-known/openid-configuration': ({ response }) =>
        json(response, 200, {
          issuer: provider.issuer,
          authorization_endpoint: `${provider.issuer}/auth`,
          token_endpoint: `${provider.issuer}/token`,
          jwks_uri: `${provider.issuer}/keys`,
          device_authorization_endpoint: `${provider.issuer}/device/code`,
        }),
    })
    const { preset, asked, text } = await homeOf('dex', provider.env)
    await provider.close()
    expect(text).toContain(preset?.asksFor)
    expect(asked.get('scope')).toBe('openid profile email offline_access')
  })
})
