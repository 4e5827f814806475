import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { loadConfig } from '../../server/config/config.js'
import { type RunningApp, startApp } from '../support/app.js'
import { freePort } from '../support/free-port.js'
import { KEYCLOAK_START, type Keycloak, startKeycloak } from '../support/keycloak.js'
import { describeWith, lackingJava } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'

interface Service {
  ports?: string[]
  environment: Record<string, string>
}
const { services } = parse(readFileSync('compose.yaml', 'utf8')) as { services: Record<string, Service> }
const realm = readFileSync('deploy/keycloak/organicity-realm.json', 'utf8')

describe('compose.yaml', () => {
  it('publishes every port on loopback alone', () => {
    for (const { ports = [] } of Object.values(services)) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
    }
  })

  it('gives the app settings without a mistake', () => {
    expect(loadConfig({ HOST: '0.0.0.0', ...services.app?.environment })).toMatchObject({ demo: false, shared: false })
  })
})

describeWith(lackingJava(), "compose.yaml's Keycloak, which has one name for browsers and one for the app", () => {
  let keycloak: Keycloak
  let app: RunningApp
  let visitor: Visitor
  let env: Record<string, string>

  /** Browsers say `localhost`, as always; the app says 127.0.0.1 where it says `keycloak` in its container. */
  const here = (value: string, name: string, port: string) =>
    value
      .replaceAll('organicity', name)
      .replaceAll('localhost:8080', `localhost:${port}`)
      .replaceAll('keycloak:8080', `127.0.0.1:${port}`)

  beforeAll(async () => {
    const port = await freePort()
    const { KC_HOSTNAME = '', KC_HOSTNAME_BACKCHANNEL_DYNAMIC } = services.keycloak?.environment ?? {}
    keycloak = await startKeycloak('26.7.2', {
      server: [
        `--hostname=${here(KC_HOSTNAME, '', '{port}')}`,
        `--hostname-backchannel-dynamic=${KC_HOSTNAME_BACKCHANNEL_DYNAMIC}`,
      ],
      representation: (name) => JSON.parse(here(realm, name, '').replaceAll('localhost:3000', `localhost:${port}`)),
    })
    const settings = Object.entries(services.app?.environment ?? {}).filter(([name]) => name !== 'REDIS_URL')
    const keycloakPort = new URL(keycloak.url).port
    env = Object.fromEntries(settings.map(([name, value]) => [name, here(value, keycloak.realm.name, keycloakPort)]))
    app = await startApp(env, { port })
    visitor = new Visitor(app)
  }, KEYCLOAK_START)
  afterAll(async () => {
    await app?.close()
    await keycloak?.stop()
  })

  it('is asked by the name for browsers for the sign-in page alone', async () => {
    const { discoveryUrl, issuer, endpoints } = app.config.oauth2
    const discovered = (await (await fetch(discoveryUrl ?? '')).json()) as Record<string, string>
    expect(discovered.issuer).toBe(issuer)
    const used = Object.entries(endpoints).map(([name, set]) => [name, new URL(set ?? discovered[name] ?? '').hostname])
    expect(Object.fromEntries(used)).toEqual({
      authorization_endpoint: 'localhost',
      token_endpoint: '127.0.0.1',
      userinfo_endpoint: '127.0.0.1',
      introspection_endpoint: '127.0.0.1',
      revocation_endpoint: '127.0.0.1',
      jwks_uri: '127.0.0.1',
      device_authorization_endpoint: '127.0.0.1',
    })
  })

  it('mints, proves and revokes', async () => {
    const page = await visitor.signIn('demo', 'demo')
    expect(page).toMatchObject({ status: 200, url: `${app.url}/profile` })
    const proof = await visitor.post('/auth/prove', {}, { accept: 'application/json' })
    expect(proof.json).toMatchObject({ verdict: 'reusable' })
    const checks = proof.json.checks.map(({ id, result }: { id: string; result: string }) => [id, result])
    // The signature was checked with the keys found by the app's name for Keycloak, the issuer by the browser's.
    expect(checks).toContainEqual(['access_token', 'pass'])
    expect(checks).toContainEqual(['offline_token', 'pass'])
    const revoked = await visitor.post('/auth/revoke', {}, { accept: 'application/json' })
    expect(revoked.json).toMatchObject({ revoked: true })
  })

  it('has a user who lacks the role', async () => {
    const page = await visitor.signIn('no-offline', 'demo')
    expect(page).toMatchObject({ status: 502, text: expect.stringContaining('offline_access') })
  })

  it('gives a token that a device can refresh by the name that browsers use', async () => {
    await visitor.signIn('demo', 'demo')
    const { refresh_token } = (await visitor.get('/profile', { accept: 'application/json' })).json
    const credentials = { client_id: 'sensor', client_secret: 'sensor-secret' }
    const answer = await fetch(`${app.config.oauth2.issuer}/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token, ...credentials }),
    })
    expect(answer.status).toBe(200)
  })

  it('passes the check of the set-up, also where the app cannot reach the page that browsers reach', async () => {
    const sound = { ok: true, discovery: 'pass', client_authentication: 'pass', endpoints: 'pass' }
    expect(await check(visitor)).toMatchObject({ ...sound, authorization_request: 'pass' })
    const nobody = `http://localhost:${await freePort()}/auth`
    const other = await startApp({ ...env, OAUTH2_AUTHORIZATION_ENDPOINT: nobody })
    expect(await check(new Visitor(other))).toMatchObject({ ...sound, authorization_request: 'unknown' })
    await other.close()
  })
})

async function check(visitor: Visitor): Promise<Record<string, unknown>> {
  const { json } = await visitor.post('/auth/check', {}, { accept: 'application/json' })
  const results = json.checks.map(({ id, result }: { id: string; result: string }) => [id, result])
  return { ok: json.ok, ...Object.fromEntries(results) }
}
