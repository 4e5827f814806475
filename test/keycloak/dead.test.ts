import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { CAUSES } from '../../server/knowledge/causes/causes.js'
import { unescaped } from '../pages/fixtures.js'
import { type RunningApp, startApp } from '../support/app.js'
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
import { pause } from '../support/wait.js'
import { byHand } from './by-hand.js'

const JSON_PLEASE = { accept: 'application/json' }
const VERSIONS: KeycloakVersion[] = ['26.7.2', '24.0.5', '16.1.1']
const SINCE_24: KeycloakVersion[] = ['26.7.2', '24.0.5']

/** Up to 24, Keycloak grants two minutes beyond Offline Session Idle, for the clocks of its own cluster; in seconds. */
const GRACE: Record<string, number> = { '26.7.2': 0, '24.0.5': 120, '16.1.1': 120 }
/** Offline Session Idle as a realm has it by default, in seconds. */
const THIRTY_DAYS = 30 * 24 * 60 * 60

/** Keycloak counts in whole seconds. */
const aSecond = () => pause(1_200)

/** A way for an offline token to die: what happens to it, and the cause that the proof is to name. */
interface Death {
  what: string
  cause: string
  /** Refused for now, so not dead: by the provider, or here, by what the token says about itself. */
  forNow?: true | 'by its claims'
  versions?: KeycloakVersion[]
  /** Settings of the realm while it happens. */
  realm?: Record<string, unknown>
  /** Mints one, lets it die, and returns what the device still holds. */
  die(keycloak: Keycloak): Promise<string>
  /** Puts right what others would die of. */
  undo?(keycloak: Keycloak): Promise<unknown>
}

const ROTATING = { revokeRefreshToken: true, refreshTokenMaxReuse: 0 }
/** The settings that a realm has of itself. */
const USUAL = { revokeRefreshToken: false, offlineSessionMaxLifespanEnabled: false }

async function minted(keycloak: Keycloak): Promise<string> {
  return (await keycloak.mint()).refresh_token
}

/** A chain of so many tokens, each used once for the next. */
async function chain(keycloak: Keycloak, length: number): Promise<string[]> {
  const tokens = [await minted(keycloak)]
  while (tokens.length < length) {
    await aSecond()
    const { json } = await byHand(keycloak).refresh(tokens.at(-1) as string)
    tokens.push(json.refresh_token as string)
  }
  await aSecond()
  return tokens
}

async function alice({ realm }: Keycloak): Promise<{ id: string; [member: string]: unknown }> {
  const [user] = await realm.admin('GET', `/users?username=${USERS.alice.username}`)
  return user
}

async function changeAlice(keycloak: Keycloak, changes: Record<string, unknown>): Promise<void> {
  const user = await alice(keycloak)
  await keycloak.realm.admin('PUT', `/users/${user.id}`, { ...user, ...changes })
}

/** Takes the scope `offline_access` from the client, or gives it back. */
async function offlineScope({ realm }: Keycloak, method: 'DELETE' | 'PUT'): Promise<void> {
  const [client] = await realm.admin('GET', `/clients?clientId=${CLIENTS.sensor.clientId}`)
  const scopes: { id: string; name: string }[] = await realm.admin('GET', '/client-scopes')
  const offline = scopes.find(({ name }) => name === 'offline_access')
  await realm.admin(method, `/clients/${client.id}/optional-client-scopes/${offline?.id}`)
}

const DEATHS: Death[] = [
  {
    what: 'cut short',
    cause: 'keycloak_unreadable',
    die: async (keycloak) => (await minted(keycloak)).slice(0, -9),
  },
  {
    what: 'minted for another client',
    cause: 'keycloak_other_client',
    forNow: 'by its claims',
    die: async (keycloak) => (await keycloak.mint(CLIENTS.plain)).refresh_token,
  },
  {
    what: 'minted through another host name',
    cause: 'keycloak_other_host',
    forNow: 'by its claims',
    versions: SINCE_24,
    async die(keycloak) {
      const { clientId: client_id, secret: client_secret } = CLIENTS.sensor
      const { username, password } = USERS.alice
      const scope = 'offline_access'
      const answer = await fetch(keycloak.tokenEndpoint.replace('127.0.0.1', 'localhost'), {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'password', scope, username, password, client_id, client_secret }),
      })
      return ((await answer.json()) as { refresh_token: string }).refresh_token
    },
  },
  {
    what: 'revoked',
    cause: 'keycloak_offline_session',
    async die(keycloak) {
      const token = await minted(keycloak)
      const { clientId: client_id, secret: client_secret } = CLIENTS.sensor
      await byHand(keycloak).post('revoke', { token, token_type_hint: 'refresh_token', client_id, client_secret })
      return token
    },
  },
  {
    what: 'of a user whom an administrator signed out',
    cause: 'keycloak_stale',
    async die(keycloak) {
      const token = await minted(keycloak)
      await aSecond()
      await keycloak.realm.admin('POST', `/users/${(await alice(keycloak)).id}/logout`)
      return token
    },
  },
  {
    what: 'past Offline Session Max',
    cause: 'keycloak_token_ended',
    realm: { offlineSessionMaxLifespanEnabled: true, offlineSessionMaxLifespan: 2 },
    async die(keycloak) {
      const token = await minted(keycloak)
      await aSecond()
      await aSecond()
      await aSecond()
      return token
    },
  },
  {
    what: 'unused for longer than Offline Session Idle',
    cause: 'keycloak_session',
    async die(keycloak) {
      const token = await minted(keycloak)
      // One second, once Keycloak has added its grace.
      await keycloak.realm.update({ offlineSessionIdleTimeout: 1 - (GRACE[keycloak.version] as number) })
      await aSecond()
      await aSecond()
      return token
    },
    undo: ({ realm }) => realm.update({ offlineSessionIdleTimeout: THIRTY_DAYS }),
  },
  {
    what: 'used before, with Revoke Refresh Token on',
    cause: 'keycloak_reuse',
    realm: ROTATING,
    die: async (keycloak) => (await chain(keycloak, 2))[0] as string,
  },
  {
    what: 'replaced twice, with Revoke Refresh Token on',
    cause: 'keycloak_stale',
    realm: ROTATING,
    die: async (keycloak) => (await chain(keycloak, 3))[0] as string,
  },
  {
    what: 'the newest, after an older one was used again',
    cause: 'keycloak_client_session',
    realm: ROTATING,
    async die(keycloak) {
      const [older, newest] = (await chain(keycloak, 2)) as [string, string]
      await byHand(keycloak).refresh(older)
      return newest
    },
  },
  {
    what: 'of a user who is switched off',
    cause: 'keycloak_user_disabled',
    forNow: true,
    async die(keycloak) {
      const token = await minted(keycloak)
      await changeAlice(keycloak, { enabled: false })
      return token
    },
    undo: (keycloak) => changeAlice(keycloak, { enabled: true }),
  },
  {
    what: 'of a client that lost the scope offline_access',
    cause: 'keycloak_offline_not_granted',
    forNow: true,
    versions: ['26.7.2'],
    async die(keycloak) {
      const token = await minted(keycloak)
      await offlineScope(keycloak, 'DELETE')
      return token
    },
    undo: (keycloak) => offlineScope(keycloak, 'PUT'),
  },
]

describeWith(lackingJava(), 'why a token died, as the proof and the page tell it', () => {
  describe.each(VERSIONS)('at Keycloak %s', (version) => {
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

    const here = DEATHS.filter(({ versions }) => versions?.includes(version) ?? true)
    it.each(here.map((death) => [death.what, death] as const))(
      '%s',
      async (_what, { cause, forNow, realm, die, undo }) => {
        await keycloak.realm.update({ ...USUAL, ...realm })
        const visitor = new Visitor(app)
        await visitor.post('/auth/token', { refresh_token: await die(keycloak) })
        const { status, json } = await visitor.post('/auth/prove', {}, JSON_PLEASE)
        await undo?.(keycloak)
        if (forNow) {
          expect([status, json.code]).toEqual([409, 'token_refused'])
          const known = CAUSES.find(({ id }) => id === cause)
          if (forNow === true) expect(json.detail).toContain(known?.means as string)
          return
        }
        expect([status, json.verdict]).toEqual([200, 'invalid'])
        const told = json.checks.find(({ id }: { id: string }) => id === 'refresh')
        const { means, hint } = CAUSES.find(({ id }) => id === cause) ?? {}
        expect(told).toMatchObject({
          result: 'fail',
          message: expect.stringContaining(means as string),
          hint: expect.stringContaining(hint as string),
        })
        // The page says the same in its one sentence.
        expect(unescaped((await visitor.get('/profile')).text)).toContain(hint as string)
      },
    )
  })
})
