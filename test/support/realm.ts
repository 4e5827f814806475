/** A client of the test realm; without a secret it is public. */
export interface TestClient {
  clientId: string
  secret: string | null
}

export const CLIENTS = {
  /** Each way of sending it gives other bytes. */
  sensor: { clientId: 'sensor', secret: 'a+b/c%d:e é &=?' },
  plain: { clientId: 'sensor-plain', secret: 'plain-secret-0123456789' },
  /** Public, PKCE with S256 required. */
  public: { clientId: 'sensor-public', secret: null },
  /** Lacks the scope `offline_access`. */
  noScope: { clientId: 'sensor-no-scope', secret: 'no-scope-secret-0123456789' },
  /** The user is asked for consent. */
  consent: { clientId: 'sensor-consent', secret: 'consent-secret-0123456789' },
} as const satisfies Record<string, TestClient>

export const USERS = {
  alice: { username: 'alice', password: 'alice-password', email: 'alice@example.org' },
  /** Lacks the role `offline_access`. */
  bob: { username: 'bob', password: 'bob-password', email: 'bob@example.org' },
} as const

export type RealmRepresentation = Record<string, unknown>

/**
 * The realm the tests sign in at, as Keycloak's JSON.
 *
 * @param name its name, in the issuer's path
 * @param major version of Keycloak: an unknown scope name breaks the import, and the scopes differ
 * @param redirectUris what each client may be called back at; default: our callback on any loopback port
 */
export function realmRepresentation(name: string, major: number, redirectUris: string[]): RealmRepresentation {
  const client = ({ clientId, secret }: TestClient, further: Record<string, unknown> = {}) => ({
    clientId,
    redirectUris,
    publicClient: secret === null,
    ...(secret === null ? {} : { secret }),
    directAccessGrantsEnabled: true,
    defaultClientScopes: defaultScopes(major),
    optionalClientScopes: ['offline_access', 'address', 'phone'],
    ...further,
  })
  // Since 24 a user without a full profile is asked for it at the first sign-in.
  const user = ({ username, password, email }: (typeof USERS)[keyof typeof USERS], realmRoles: string[]) => ({
    username,
    email,
    emailVerified: true,
    firstName: username,
    lastName: 'Example',
    enabled: true,
    credentials: [{ type: 'password', value: password, temporary: false }],
    realmRoles,
    clientRoles: { [CLIENTS.sensor.clientId]: ['writer'] },
  })
  return {
    realm: name,
    enabled: true,
    sslRequired: 'none',
    roles: {
      realm: [{ name: 'experimenter' }],
      client: { [CLIENTS.sensor.clientId]: [{ name: 'writer' }] },
    },
    clients: [
      client(CLIENTS.sensor),
      client(CLIENTS.plain),
      client(CLIENTS.public, { attributes: { 'pkce.code.challenge.method': 'S256' } }),
      client(CLIENTS.noScope, { optionalClientScopes: [] }),
      client(CLIENTS.consent, { consentRequired: true }),
    ],
    users: [
      // The role `offline_access` is a part of the realm's default roles, which an import gives to nobody by itself.
      user(USERS.alice, [`default-roles-${name}`, 'experimenter']),
      user(USERS.bob, ['experimenter']),
    ],
  }
}

function defaultScopes(major: number): string[] {
  const scopes = ['web-origins', 'profile', 'email', 'roles']
  if (major >= 18) scopes.push('acr')
  if (major >= 25) scopes.push('basic')
  return scopes
}
