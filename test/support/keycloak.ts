import { randomBytes } from 'node:crypto'
import { closeLater } from './closing.js'
import { CLIENTS, type RealmRepresentation, realmRepresentation, type TestClient, USERS } from './realm.js'
import { lease } from './servers/lease.js'

export { CLIENTS, USERS }

export type KeycloakVersion = '26.7.2' | '24.0.5' | '21.1.2' | '16.1.1'

export interface KeycloakOptions {
  /** Settings of the realm other than the usual, e.g. `{ revokeRefreshToken: true }`. */
  realm?: RealmRepresentation
  /** The realm's whole JSON by its name, instead of the usual. */
  representation?: (name: string) => RealmRepresentation
  /** What the clients may be called back at; default: `/auth/oauth2/callback` on any loopback port. */
  redirectUris?: string[]
  /** Options of the server itself instead of `--hostname-strict=false`; `{port}` is its port. */
  server?: string[]
}

export type Keycloak = Awaited<ReturnType<typeof startKeycloak>>

/** For `beforeAll(…, KEYCLOAK_START)`: the very first start also fetches and unpacks. */
export const KEYCLOAK_START = 600_000

const CALLBACK = '/auth/oauth2/callback'

/**
 * A real Keycloak with a fresh realm of one's own. The server is shared by all who ask for the same version; the realm is
 * not, so its settings may be changed at will. Needs Java 17 with `jar`, and Maven.
 */
export async function startKeycloak(version: KeycloakVersion, options: KeycloakOptions = {}) {
  const { value: server, release } = await lease<Server>('keycloak.js', [version, ...(options.server ?? [])])
  const name = `organicity-${randomBytes(4).toString('hex')}`
  const issuer = `${server.url}/realms/${name}`
  const admin = (method: string, path: string, body?: unknown) => adminRequest(server, method, path, body)
  const representation = options.representation?.(name) ?? usualRealm(version, name, options.redirectUris)
  await admin('POST', '', { ...representation, ...options.realm })

  const realm = {
    name,
    /** Changes settings of the realm while it runs, e.g. `{ revokeRefreshToken: true, refreshTokenMaxReuse: 0 }`. */
    update: (settings: RealmRepresentation) => admin('PUT', `/${name}`, settings),
    /** Changes settings of one client, e.g. `{ redirectUris: [] }`. */
    async updateClient(client: TestClient, settings: Record<string, unknown>) {
      const [found] = await admin('GET', `/${name}/clients?clientId=${client.clientId}`)
      await admin('PUT', `/${name}/clients/${found.id}`, { ...found, ...settings })
    },
    /** Any other request to the admin API, below the realm; the answer's JSON, or null. */
    admin: (method: string, path: string, body?: unknown) => admin(method, `/${name}${path}`, body),
  }

  return {
    version,
    /** E.g. `http://127.0.0.1:41234`, with `/auth` up to 16. */
    url: server.url,
    issuer,
    realm,
    authorizationEndpoint: `${issuer}/protocol/openid-connect/auth`,
    tokenEndpoint: `${issuer}/protocol/openid-connect/token`,
    introspectionEndpoint: `${issuer}/protocol/openid-connect/token/introspect`,
    revocationEndpoint: `${issuer}/protocol/openid-connect/revoke`,
    logoutEndpoint: `${issuer}/protocol/openid-connect/logout`,
    /** The app's settings for this provider and client. */
    env: (client: TestClient = CLIENTS.sensor): Record<string, string> => ({
      OAUTH2_ISSUER: issuer,
      OAUTH2_CLIENT_ID: client.clientId,
      ...(client.secret === null ? {} : { OAUTH2_CLIENT_SECRET: client.secret }),
    }),
    /** An offline token without a browser (RFC 6749 §4.3), for tests that only want some token: Keycloak's answer. */
    async mint(client: TestClient = CLIENTS.sensor, user: { username: string; password: string } = USERS.alice) {
      const { username, password } = user
      const body = new URLSearchParams({ grant_type: 'password', scope: 'offline_access', username, password })
      body.set('client_id', client.clientId)
      if (client.secret !== null) body.set('client_secret', client.secret)
      const response = await fetch(`${issuer}/protocol/openid-connect/token`, { method: 'POST', body })
      return (await okJson(response)) as { access_token: string; refresh_token: string; [member: string]: unknown }
    },
    stop: closeLater(() => admin('DELETE', `/${name}`).finally(release)),
  }
}

/** What servers/keycloak.js tells. */
interface Server {
  url: string
  admin: { username: string; password: string }
}

/** Keycloak compares a loopback callback without its port, when it is registered without one (RFC 8252 §7.3). */
const LOOPBACK_CALLBACKS = [`http://localhost${CALLBACK}`, `http://127.0.0.1${CALLBACK}`]

function usualRealm(version: KeycloakVersion, name: string, redirectUris = LOOPBACK_CALLBACKS): RealmRepresentation {
  return realmRepresentation(name, Number.parseInt(version, 10), redirectUris)
}

async function adminRequest(server: Server, method: string, path: string, body?: unknown) {
  const login = await fetch(`${server.url}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', ...server.admin }),
  })
  const { access_token } = await okJson(login)
  const response = await fetch(`${server.url}/admin/realms${path}`, {
    method,
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return okJson(response)
}

// biome-ignore lint/suspicious/noExplicitAny: Keycloak's JSON, each caller knows its own
async function okJson(response: Response): Promise<any> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`)
  return text === '' ? null : JSON.parse(text)
}
