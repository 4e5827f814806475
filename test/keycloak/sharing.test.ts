import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type RunningApp, startApp } from '../support/app.js'
import { Browserless } from '../support/browserless-sign-in.js'
import {
  CLIENTS,
  KEYCLOAK_START,
  type Keycloak,
  type KeycloakVersion,
  startKeycloak,
  USERS,
} from '../support/keycloak.js'
import { describeWith, lackingJava } from '../support/tools.js'
import { Visitor } from '../support/visitor.js'

const JSON_PLEASE = { accept: 'application/json' }
/**
 * As measured: what a revocation does to another session of the same person, and how many sessions ten sign-ins in one browser make.
 */
const VERSIONS: { version: KeycloakVersion; otherSession: 'alive' | 'dead'; inOneSitting: number }[] = [
  { version: '26.7.2', otherSession: 'alive', inOneSitting: 10 },
  { version: '24.0.5', otherSession: 'dead', inOneSitting: 1 },
  { version: '16.1.1', otherSession: 'dead', inOneSitting: 1 },
]

describeWith(lackingJava(), 'tokens that share a session at a real Keycloak', () => {
  describe.each(VERSIONS)('$version', ({ version, otherSession, inOneSitting }) => {
    let keycloak: Keycloak
    let app: RunningApp
    beforeAll(async () => {
      keycloak = await startKeycloak(version)
      app = await startApp(keycloak.env(CLIENTS.plain))
    }, KEYCLOAK_START)
    afterAll(async () => {
      await app?.close()
      await keycloak?.stop()
    }, 60_000)

    const callback = () => `${app.url}/auth/oauth2/callback`

    /** A browser in which the person is signed in at the realm already, as in the account console. */
    async function signedIn(): Promise<Browserless> {
      const person = new Browserless(callback())
      const ordinary = new URL(keycloak.authorizationEndpoint)
      const query = {
        client_id: CLIENTS.plain.clientId,
        response_type: 'code',
        scope: 'openid',
        redirect_uri: callback(),
      }
      ordinary.search = new URLSearchParams(query).toString()
      const { username, password } = USERS.alice
      await person.submit(await person.open(ordinary.href), { username, password })
      return person
    }

    /** Mints the next token of the list in this browser; its id and the token. */
    async function mint(visitor: Visitor, person: Browserless) {
      const location = (await visitor.get('/auth/oauth2')).headers.get('location') ?? ''
      const page = await person.open(location)
      const { username, password } = USERS.alice
      const back = page.url.href.startsWith(callback()) ? page : await person.submit(page, { username, password })
      expect(back.url.href).toContain('/auth/oauth2/callback?')
      await visitor.get(back.url.href)
      const { id, refresh_token } = (await visitor.get('/profile', JSON_PLEASE)).json
      return { id: id as string, refresh_token: refresh_token as string }
    }

    async function works(refresh_token: string): Promise<boolean> {
      const { clientId, secret } = CLIENTS.plain
      const body = { grant_type: 'refresh_token', refresh_token, client_id: clientId, client_secret: secret }
      return (await fetch(keycloak.tokenEndpoint, { method: 'POST', body: new URLSearchParams(body) })).status === 200
    }

    it('both say so, and revoking one says what it did to the others', async () => {
      const visitor = new Visitor(app)
      const person = await signedIn()
      const one = await mint(visitor, person)
      const two = await mint(visitor, person)
      const apart = await mint(visitor, await signedIn())
      for (const { id } of [one, two]) {
        expect((await visitor.get(`/profile?id=${id}`)).text).toContain('<b>Same session as')
      }
      expect((await visitor.get(`/profile?id=${apart.id}`)).text).not.toContain('<b>Same session as')
      const { json } = await visitor.post('/auth/revoke', { id: two.id }, JSON_PLEASE)
      expect(json.reach).toEqual(
        expect.arrayContaining([
          { id: one.id, before: 'alive', after: 'dead' },
          { id: apart.id, before: 'alive', after: otherSession },
        ]),
      )
      expect([await works(one.refresh_token), await works(apart.refresh_token)]).toEqual([
        false,
        otherSession === 'alive',
      ])
    })

    it('ten nodes in one sitting get ten sessions, or each page says that they share one', async () => {
      const visitor = new Visitor(app)
      const person = new Browserless(callback())
      const ids: string[] = []
      for (let node = 1; node <= 10; node++) {
        const { id } = await mint(visitor, person)
        ids.push(id)
      }
      const { json } = await visitor.get('/profile/tokens.json', JSON_PLEASE)
      const sessions = new Set(json.map(({ session }: { session: string }) => session)).size
      const saying = await Promise.all(
        ids.map(async (id) => (await visitor.get(`/profile?id=${id}`)).text.includes('<b>Same session as')),
      )
      expect({ tokens: json.length, sessions, saying: saying.filter(Boolean).length }).toEqual(
        inOneSitting === 10
          ? { tokens: 10, sessions: 10, saying: 0 }
          : { tokens: 10, sessions: inOneSitting, saying: 10 },
      )
    })

    it('with Revoke Refresh Token on, a replay of one ends the other', async () => {
      await keycloak.realm.update({ revokeRefreshToken: true, refreshTokenMaxReuse: 0 })
      const visitor = new Visitor(app)
      const person = await signedIn()
      const one = await mint(visitor, person)
      const two = await mint(visitor, person)
      expect(await works(one.refresh_token)).toBe(true)
      await new Promise((resolve) => setTimeout(resolve, 1_100))
      const replayed = await works(one.refresh_token)
      const other = await works(two.refresh_token)
      await keycloak.realm.update({ revokeRefreshToken: false })
      expect({ replayed, other }).toEqual({ replayed: false, other: false })
    })
  })
})
