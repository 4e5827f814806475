import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type RunningApp, startApp } from '../support/app.js'
import { CLIENTS, KEYCLOAK_START, type Keycloak, type KeycloakVersion, startKeycloak } from '../support/keycloak.js'
import type { TestClient } from '../support/realm.js'
import { describeWith, lackingJava } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'

const JSON_PLEASE = { accept: 'application/json' }
const VERSIONS: KeycloakVersion[] = ['26.7.2', '24.0.5', '16.1.1']

describeWith(lackingJava(), 'the proof at a real Keycloak', () => {
  describe.each(VERSIONS)('%s', (version) => {
    let keycloak: Keycloak
    let app: RunningApp

    beforeAll(async () => {
      keycloak = await startKeycloak(version)
      app = await startApp(keycloak.env(CLIENTS.sensor))
    }, KEYCLOAK_START)
    afterAll(async () => {
      await app?.close()
      await keycloak?.stop()
    }, 60_000)

    /** A token set of a fresh offline token, brought as from a failing node. */
    async function brought(at: RunningApp = app, client: TestClient = CLIENTS.sensor) {
      const { refresh_token: first } = await keycloak.mint(client)
      const visitor = new Visitor(at)
      await visitor.post('/auth/token', { refresh_token: first })
      return { visitor, first }
    }

    async function prove(visitor: Visitor, fields: Record<string, string> = {}) {
      const { status, json } = await visitor.post('/auth/prove', fields, JSON_PLEASE)
      expect(status).toBe(200)
      // biome-ignore lint/suspicious/noExplicitAny: JSON
      const check = (id: string) => json.checks.find((one: any) => one.id === id)
      return { verdict: json.verdict, check }
    }

    /** Whether a token still works, asked as a device does: in the body, which every version takes. */
    async function works(
      refresh_token: string,
      { clientId, secret }: TestClient & { secret: string } = CLIENTS.sensor,
    ): Promise<boolean> {
      const body = { grant_type: 'refresh_token', refresh_token, client_id: clientId, client_secret: secret }
      const answer = await fetch(keycloak.tokenEndpoint, { method: 'POST', body: new URLSearchParams(body) })
      return answer.status === 200
    }

    const newest = async (visitor: Visitor) => (await visitor.get('/profile', JSON_PLEASE)).json.refresh_token

    it('calls an offline token of the default realm reusable, and both the first and the newest work on', async () => {
      const { visitor, first } = await brought()
      const { verdict, check } = await prove(visitor)
      expect(verdict).toBe('reusable')
      expect(check('offline_token').result).toBe('pass')
      expect(check('lifetime').result).toBe('pass')
      expect(check('access_token').result).toBe('pass')
      expect(check('client_authentication').message).toContain(
        version === '16.1.1' ? 'client_secret_post:' : 'client_secret_basic:',
      )
      expect(await works(first)).toBe(true)
      expect(await works(await newest(visitor))).toBe(true)
    })

    it.each([0, 1, 5])(
      'calls it one-time with Revoke Refresh Token on and max reuse %i, and harms nothing',
      async (max) => {
        await keycloak.realm.update({ revokeRefreshToken: true, refreshTokenMaxReuse: max })
        const { visitor, first } = await brought()
        const { verdict, check } = await prove(visitor)
        expect(verdict).toBe('one_time')
        expect(check('reuse').result).toBe('warn')
        expect(await works(await newest(visitor))).toBe(true)
        // Only now: using it again ends the whole grant.
        expect(await works(first)).toBe(false)
        await keycloak.realm.update({ revokeRefreshToken: false, refreshTokenMaxReuse: 0 })
      },
    )

    it('tells the date with Offline Session Max Limited on, and lets the device store what comes back', async () => {
      await keycloak.realm.update({ offlineSessionMaxLifespanEnabled: true, offlineSessionMaxLifespan: 86_400 })
      const plain = await startApp(keycloak.env(CLIENTS.plain))
      const { visitor, first } = await brought(plain, CLIENTS.plain)
      const { verdict, check } = await prove(visitor)
      expect(verdict).toBe('reusable')
      expect(check('lifetime').result).toBe('warn')
      const { refresh_token_expires_at } = (await visitor.get('/profile', JSON_PLEASE)).json
      const hours = (Date.parse(refresh_token_expires_at) - Date.now()) / 3_600_000
      expect(hours).toBeGreaterThan(23)
      expect(hours).toBeLessThan(25)
      const { text } = await visitor.get('/profile/device-config/json')
      expect(JSON.parse(text).refresh_token_usage).toBe('store')
      expect(await works(first, CLIENTS.plain)).toBe(true)
      expect(await works(await newest(visitor), CLIENTS.plain)).toBe(true)
      await plain.close()
      await keycloak.realm.update({ offlineSessionMaxLifespanEnabled: false })
    })

    it('says unknown where nobody can be asked about the first token', async () => {
      const { OAUTH2_ISSUER: _, ...client } = keycloak.env()
      const blind = await startApp({
        ...client,
        OAUTH2_AUTHORIZATION_ENDPOINT: keycloak.authorizationEndpoint,
        OAUTH2_TOKEN_ENDPOINT: keycloak.tokenEndpoint,
        OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD: 'client_secret_post',
      })
      const { visitor, first } = await brought(blind)
      const { verdict, check } = await prove(visitor)
      expect(verdict).toBe('unknown')
      expect(check('reuse').result).toBe('unknown')
      expect(await works(await newest(visitor))).toBe(true)
      expect(await works(first)).toBe(true)
      await blind.close()
    })

    describe('for a public client, which Keycloak lets ask nobody', () => {
      let time = Date.now()
      let open: RunningApp
      beforeAll(async () => {
        open = await startApp(keycloak.env(CLIENTS.public), { now: () => time })
      })
      afterAll(() => open.close())

      async function unknownAtFirst() {
        const visitor = (await brought(open, CLIENTS.public)).visitor
        expect((await prove(visitor)).verdict).toBe('unknown')
        time += 95_000
        return visitor
      }

      it('says reusable after the reuse test, and the newest works on', async () => {
        const visitor = await unknownAtFirst()
        expect((await prove(visitor, { reuse: 'yes' })).verdict).toBe('reusable')
        expect((await visitor.post('/auth/refresh', {}, JSON_PLEASE)).status).toBe(200)
      })

      it('says one-time after it with Revoke Refresh Token on: the grant is ended, as we said before', async () => {
        await keycloak.realm.update({ revokeRefreshToken: true, refreshTokenMaxReuse: 0 })
        const visitor = await unknownAtFirst()
        const { verdict, check } = await prove(visitor, { reuse: 'yes' })
        await keycloak.realm.update({ revokeRefreshToken: false })
        expect(verdict).toBe('one_time')
        expect((await visitor.get('/profile', JSON_PLEASE)).json.verdict).toBe('invalid')
        expect(check('reuse').message).toContain('ended all tokens of this sign-in')
      })
    })

    it('warns of an ordinary refresh token, which ends with the session at the provider', async () => {
      const visitor = new Visitor(app)
      const body = { grant_type: 'password', username: 'alice', password: 'alice-password' }
      const { clientId, secret } = CLIENTS.sensor
      const answer = await fetch(keycloak.tokenEndpoint, {
        method: 'POST',
        body: new URLSearchParams({ ...body, client_id: clientId, client_secret: secret }),
      })
      const { refresh_token } = (await answer.json()) as { refresh_token: string }
      await visitor.post('/auth/token', { refresh_token })
      const { verdict, check } = await prove(visitor)
      expect(verdict).toBe('reusable')
      expect(check('offline_token').result).toBe('warn')
      expect(check('lifetime').result).toBe('warn')
    })
  })
})
