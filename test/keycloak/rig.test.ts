import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt } from 'jose'
import { CLIENTS, KEYCLOAK_START, type Keycloak, startKeycloak, USERS } from '../support/keycloak.js'
import { describeWith, lackingJava } from '../support/tools.js'
import { pause } from '../support/wait.js'
import { byHand, formEncoded, inBody, inHeader, pkce, raw } from './by-hand.js'

/** Keycloak's times are whole seconds: what happens twice within one is not told apart. */
const nextSecond = () => pause(1100)

const VERSIONS = [
  { version: '26.7.2', announcesIss: true, readsEncodedBasic: true },
  { version: '24.0.5', announcesIss: true, readsEncodedBasic: true },
  { version: '16.1.1', announcesIss: false, readsEncodedBasic: false },
] as const

describeWith(lackingJava(), 'What our tests rely on', () => {
  describe.each(VERSIONS)('of Keycloak $version', ({ version, announcesIss, readsEncodedBasic }) => {
    let keycloak: Keycloak
    let hand: ReturnType<typeof byHand>
    beforeAll(async () => {
      keycloak = await startKeycloak(version)
      hand = byHand(keycloak)
    }, KEYCLOAK_START)
    afterAll(() => keycloak?.stop())

    it('answers scope=offline_access alone as the tutorial says', async () => {
      const { page } = await hand.signIn()
      expect(page.url.searchParams.get('iss')).toBe(announcesIss ? keycloak.issuer : null)
      const { status, json } = await hand.exchange(page.url)
      expect(status).toBe(200)
      expect(json).toMatchObject({ token_type: 'Bearer', refresh_expires_in: 0 })
      // A second may tick between issuing and answering.
      expect([300, 299]).toContain(json.expires_in)
      expect(decodeJwt(String(json.refresh_token))).toMatchObject({ typ: 'Offline' })
      expect(decodeJwt(String(json.access_token))).toMatchObject({
        preferred_username: 'alice',
        email: 'alice@example.org',
        realm_access: { roles: expect.arrayContaining(['offline_access', 'experimenter']) },
        resource_access: { sensor: { roles: ['writer'] } },
      })
    })

    it('takes the secret in the body, and in the header as this version reads it', async () => {
      const madeUp = { grant_type: 'refresh_token', refresh_token: 'made-up' }
      const refusedToken = { status: 400, json: { error: 'invalid_grant' } }
      const refusedClient = { json: { error: 'unauthorized_client' } }
      expect(await hand.post('token', { ...madeUp, ...inBody(CLIENTS.sensor) })).toMatchObject(refusedToken)
      expect(await hand.post('token', madeUp, inHeader(CLIENTS.sensor, formEncoded))).toMatchObject(
        readsEncodedBasic ? refusedToken : refusedClient,
      )
      expect(await hand.post('token', madeUp, inHeader(CLIENTS.sensor, raw))).toMatchObject(
        readsEncodedBasic ? refusedClient : refusedToken,
      )
      expect(await hand.post('token', { ...madeUp, ...inBody({ ...CLIENTS.sensor, secret: 'wrong' }) })).toMatchObject({
        status: 401,
        ...refusedClient,
      })
      expect(await hand.post('token', { ...madeUp, ...inBody(CLIENTS.plain) })).toMatchObject(refusedToken)
    })

    it('keeps the initial token valid, also after a sign-out at the provider', async () => {
      const { browser, page } = await hand.signIn()
      expect((await hand.signIn({ browser })).asked).toBe(false)
      const { refresh_token: initial } = (await hand.exchange(page.url)).json as { refresh_token: string }
      for (let time = 0; time < 3; time++) {
        const { status, json } = await hand.refresh(initial)
        expect(status).toBe(200)
        expect(json.refresh_token).not.toBe(initial)
      }
      expect(await hand.isActive(initial)).toBe(true)
      const signedOut = await browser.open(keycloak.logoutEndpoint)
      if (signedOut.html.includes('<form')) await browser.submit(signedOut, { confirmLogout: 'Logout' })
      expect((await hand.signIn({ browser })).asked).toBe(true)
      expect((await hand.refresh(initial)).status).toBe(200)
    })

    it('refuses a user without the role at the token endpoint, a client without the scope at the callback', async () => {
      const { page } = await hand.signIn({ user: USERS.bob })
      expect(await hand.exchange(page.url)).toMatchObject({ status: 400, json: { error: 'not_allowed' } })
      const refused = await hand.signIn({ client: CLIENTS.noScope })
      expect(refused.page.url.searchParams.get('error')).toBe('invalid_scope')
    })

    it('never comes back from an unknown callback', async () => {
      const { page } = await hand.signIn({ parameters: { redirect_uri: 'http://localhost:3000/elsewhere' } })
      expect(page).toMatchObject({ status: 400, html: expect.stringContaining('redirect_uri') })
    })

    it('wants PKCE of the public client', async () => {
      const without = await hand.signIn({ client: CLIENTS.public })
      expect(without.page.url.searchParams.get('error')).toBe('invalid_request')
      const { verifier, parameters } = pkce()
      const { page } = await hand.signIn({ client: CLIENTS.public, parameters })
      const { json } = await hand.exchange(page.url, CLIENTS.public, { code_verifier: verifier })
      expect(decodeJwt(String(json.refresh_token))).toMatchObject({ typ: 'Offline', azp: 'sensor-public' })
    })

    it('asks for consent', async () => {
      const { browser, page } = await hand.signIn({ client: CLIENTS.consent })
      expect(page.url.href).not.toContain(hand.redirectUri)
      const accepted = await browser.submit(page, { accept: 'Yes' })
      expect((await hand.exchange(accepted.url, CLIENTS.consent)).status).toBe(200)
      const again = await hand.signIn({ client: CLIENTS.consent })
      expect(again.page.url.searchParams.get('code')).toBeTruthy()
    })

    describe('with Revoke Refresh Token on', () => {
      beforeAll(() => keycloak.realm.update({ revokeRefreshToken: true, refreshTokenMaxReuse: 0 }))
      afterAll(() => keycloak.realm.update({ revokeRefreshToken: false }))

      it('makes a token one-time, and kills the newest when it comes again', async () => {
        const { refresh_token: first } = await hand.mint()
        await nextSecond()
        const { json } = await hand.refresh(first)
        const newest = String(json.refresh_token)
        expect(await Promise.all([first, newest].map(hand.isActive))).toEqual([false, true])
        await nextSecond()
        expect(await hand.refresh(first)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
        expect(await hand.refresh(newest)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
      })
    })
  })
})
