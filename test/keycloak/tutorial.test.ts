import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt } from 'jose'
import { textOf } from '../pages/fixtures.js'
import { type RunningApp, startApp } from '../support/app.js'
import { CLIENTS, KEYCLOAK_START, type Keycloak, startKeycloak, USERS } from '../support/keycloak.js'
import type { TestClient } from '../support/realm.js'
import { describeWith, lacking, lackingJava } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'
import { byHand } from './by-hand.js'

const JSON_PLEASE = { accept: 'application/json' }
const { alice, bob } = USERS

/** Option A of the tutorial, as each version reads it where the secret has other than letters and digits in it. */
const VERSIONS = [
  { version: '26.7.2', basic: 'client_secret_basic', refusedBasic: 'client_secret_basic_raw' },
  { version: '24.0.5', basic: 'client_secret_basic', refusedBasic: 'client_secret_basic_raw' },
  { version: '16.1.1', basic: 'client_secret_basic_raw', refusedBasic: 'client_secret_basic' },
] as const

describeWith(lackingJava(), 'The tutorial, walked through the app', () => {
  describe.each(VERSIONS)('at Keycloak $version', ({ version, basic, refusedBasic }) => {
    let keycloak: Keycloak
    let refreshByHand: ReturnType<typeof byHand>['refresh']
    const apps: RunningApp[] = []

    beforeAll(async () => {
      keycloak = await startKeycloak(version)
      refreshByHand = byHand(keycloak).refresh
    }, KEYCLOAK_START)
    afterAll(async () => {
      await Promise.all(apps.map((app) => app.close()))
      await keycloak?.stop()
    })

    /** Somebody at an app of their own, set up for this client. */
    async function visitorOf(client: TestClient, env: Record<string, string> = {}): Promise<Visitor> {
      const app = await startApp({ ...keycloak.env(client), ...env })
      apps.push(app)
      return new Visitor(app)
    }

    /** What the callback answers to a sign-in that comes to nothing. */
    async function refused(visitor: Visitor, user: { username: string; password: string } = alice) {
      return visitor.get(await visitor.authorize(user.username, user.password), JSON_PLEASE)
    }

    describe('with client_id and client_secret', () => {
      let visitor: Visitor
      let initial: string
      beforeAll(async () => {
        visitor = await visitorOf(CLIENTS.sensor)
      })
      const tokens = async () => (await visitor.get('/profile', JSON_PLEASE)).json

      it('ends the sign-in on the profile page, with an access token and an offline token', async () => {
        const page = await visitor.signIn(alice.username, alice.password)
        expect(page).toMatchObject({ status: 200, url: expect.stringMatching(/\/profile$/) })
        const { access_token, refresh_token, ...rest } = await tokens()
        initial = refresh_token
        expect([access_token, refresh_token].map((token) => page.text.includes(token))).toEqual([true, true])
        expect(rest).toMatchObject({
          token_type: 'Bearer',
          refresh_token_changed: false,
          refreshed_at: null,
          verdict: null,
        })
        expect([300, 299]).toContain(rest.expires_in)
        expect(rest.scope.split(' ')).toContain('offline_access')
        expect(decodeJwt(refresh_token)).toMatchObject({ typ: 'Offline' })
      })

      it('shows who it is for, with the realm roles and the client roles', async () => {
        const { text } = await visitor.get('/profile')
        const words = [alice.username, alice.email, 'experimenter', 'writer']
        expect(words.filter((word) => !text.includes(word))).toEqual([])
      })

      it.each([
        ['A', basic],
        ['B', 'client_secret_post'],
      ])('refreshes by Option %s', async (_option, auth_method) => {
        const before = await tokens()
        const { status, json } = await visitor.post('/auth/refresh', { auth_method }, JSON_PLEASE)
        expect(status).toBe(200)
        expect(json).toMatchObject({ refresh_token_changed: true, refreshed_at: expect.any(String) })
        expect(json.access_token).not.toBe(before.access_token)
      })

      it('says which switch to turn where the credentials are sent the other way, and loses nothing', async () => {
        const answer = await visitor.post('/auth/refresh', { auth_method: refusedBasic }, JSON_PLEASE)
        expect(answer.status).toBe(502)
        expect(answer.json).toMatchObject({ code: 'provider_error', error: 'unauthorized_client' })
        expect(answer.json.hint).toContain('OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD')
        expect((await visitor.post('/auth/refresh', {}, JSON_PLEASE)).status).toBe(200)
      })

      describeWith(lacking('curl', 'sh'), 'as the page shows it', () => {
        it.each([
          ['A', 'curl-0'],
          ['B', 'curl-1'],
        ])('refreshes by Option %s when it is pasted into a shell, whichever was used last', async (_option, id) => {
          for (const auth_method of ['client_secret_post', basic]) {
            await visitor.post('/auth/refresh', { auth_method }, JSON_PLEASE)
            const curl = textOf((await visitor.get('/profile')).text, id)
            const { stdout } = await promisify(execFile)('sh', ['-c', curl])
            const { expires_in, ...rest } = JSON.parse(stdout)
            expect([300, 299]).toContain(expires_in)
            expect(rest).toMatchObject({ token_type: 'Bearer', refresh_expires_in: 0 })
          }
        })
      })

      it('leaves the same initial token valid after three refreshes', async () => {
        expect((await tokens()).refresh_token).not.toBe(initial)
        expect((await refreshByHand(initial)).status).toBe(200)
      })

      it('leaves it valid after signing out here', async () => {
        expect((await visitor.post('/auth/logout', {}, JSON_PLEASE)).status).toBe(204)
        expect((await visitor.get('/profile', JSON_PLEASE)).json).toMatchObject({ code: 'not_signed_in' })
        expect((await refreshByHand(initial)).status).toBe(200)
      })

      it('makes it invalid only when it is revoked', async () => {
        await visitor.signIn(alice.username, alice.password)
        const { refresh_token } = await tokens()
        expect((await visitor.post('/auth/revoke', {}, JSON_PLEASE)).json).toMatchObject({ revoked: true })
        expect(await refreshByHand(refresh_token)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
      })
    })

    it('mints for a public client, by PKCE alone', async () => {
      const visitor = await visitorOf(CLIENTS.public)
      expect((await visitor.signIn(alice.username, alice.password)).url).toMatch(/\/profile$/)
      const { json } = await visitor.post('/auth/refresh', {}, JSON_PLEASE)
      expect(decodeJwt(json.refresh_token)).toMatchObject({ typ: 'Offline', azp: CLIENTS.public.clientId })
    })

    it('mints once the user has consented, and nothing when they said no', async () => {
      const visitor = await visitorOf(CLIENTS.consent)
      const saidNo = await visitor.authorize(alice.username, alice.password, '/auth/oauth2', { cancel: 'No' })
      expect(await visitor.get(saidNo, JSON_PLEASE)).toMatchObject({ status: 403, json: { code: 'access_denied' } })
      expect((await visitor.get('/profile', JSON_PLEASE)).json).toMatchObject({ code: 'not_signed_in' })
      const page = await visitor.signIn(alice.username, alice.password)
      expect(page).toMatchObject({ status: 200, url: expect.stringMatching(/\/profile$/) })
    })

    it('names the role that the user lacks', async () => {
      const { status, json } = await refused(await visitorOf(CLIENTS.sensor), bob)
      expect(status).toBe(502)
      expect(json).toMatchObject({ code: 'provider_error', error: 'not_allowed' })
      expect(json.hint).toContain('offline_access')
    })

    it('names the scope that the client lacks', async () => {
      const { status, json } = await refused(await visitorOf(CLIENTS.noScope))
      expect(status).toBe(502)
      expect(json).toMatchObject({ code: 'provider_error', error: 'invalid_scope' })
      expect(json.hint).toContain('offline_access')
    })

    it('names the setting of a wrong secret, and does not print it', async () => {
      const { status, json, text } = await refused(await visitorOf({ ...CLIENTS.sensor, secret: 'wrong-secret' }))
      expect(status).toBe(502)
      expect(json).toMatchObject({ code: 'provider_error', error: 'unauthorized_client' })
      expect(json.hint).toContain('OAUTH2_CLIENT_SECRET')
      expect(text).not.toContain('wrong-secret')
    })
  })
})
