/** Where the demo provider lives below `BASE_URL`: the realm of the tutorial. */
export const DEMO_PATH = '/realms/organicity'

export const DEMO_CLIENT = { client_id: 'sensor', client_secret: 'sensor-secret' }

/** What a client may ask for. The first two come to everybody, as Keycloak's default client scopes do. */
export const DEMO_SCOPES = ['openid', 'profile', 'email', 'offline_access']
export const DEFAULT_SCOPES = ['profile', 'email']

export interface DemoUser {
  username: string
  password: string
  /** What this user is for, as the start-up message and the sign-in page say it. */
  what: string
  sub: string
  given_name: string
  family_name: string
  /** Each refresh token works once, and using it again kills the grant (Keycloak: Revoke Refresh Token on, max reuse 0). */
  oneTimeTokens: boolean
  /** Keycloak's realm role of that name; without it no offline token. */
  offlineAccess: boolean
}

export const DEMO_USERS: DemoUser[] = [
  {
    username: 'demo',
    password: 'demo',
    what: 'reusable tokens: the first refresh token stays valid from call to call',
    sub: '5c8f2d0a-6a1e-4c52-9a3e-0d3a7b1f4e01',
    given_name: 'Dana',
    family_name: 'Demo',
    oneTimeTokens: false,
    offlineAccess: true,
  },
  {
    username: 'rotating',
    password: 'demo',
    what: 'one-time tokens: each refresh replaces the token, and an old one sent again kills the new one too',
    sub: '5c8f2d0a-6a1e-4c52-9a3e-0d3a7b1f4e02',
    given_name: 'Robin',
    family_name: 'Rotating',
    oneTimeTokens: true,
    offlineAccess: true,
  },
  {
    username: 'no-offline',
    password: 'demo',
    what: 'no offline tokens: lacks the role offline_access, so the sign-in works and the token request is refused',
    sub: '5c8f2d0a-6a1e-4c52-9a3e-0d3a7b1f4e03',
    given_name: 'Noa',
    family_name: 'Offline',
    oneTimeTokens: false,
    offlineAccess: false,
  },
]

/** The user with this subject identifier, or undefined. */
export function userBySubject(sub: string | undefined): DemoUser | undefined {
  return DEMO_USERS.find((user) => user.sub === sub)
}

/** Standard claims about a user (OpenID Connect Core §5.1), under the names that Keycloak's scopes `profile` and `email` give. */
export function claimsAbout(user: DemoUser) {
  return {
    email_verified: true,
    name: `${user.given_name} ${user.family_name}`,
    preferred_username: user.username,
    given_name: user.given_name,
    family_name: user.family_name,
    email: `${user.username}@example.org`,
  }
}
