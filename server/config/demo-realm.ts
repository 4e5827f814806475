/** The path of the demo provider below `BASE_URL`: the realm of the tutorial. */
export const DEMO_PATH = '/realms/organicity'

/** A member of the demo provider's metadata: other processes of this app know it by this. */
export const DEMO_MARK = 'offline_token_mint_demo'

export const DEMO_CLIENT = { client_id: 'sensor', client_secret: 'sensor-secret' }

/** The scopes of the realm. Every token has the first two, like Keycloak's default client scopes. */
export const DEMO_SCOPES = ['openid', 'profile', 'email', 'offline_access']
export const DEFAULT_SCOPES = ['profile', 'email']

export interface DemoUser {
  username: string
  password: string
  /** What this user shows, for the start message and the sign-in page. */
  what: string
  sub: string
  given_name: string
  family_name: string
  /** Whether each refresh token works only once, and using it again ends the grant (Keycloak: Revoke Refresh Token on, max reuse 0). */
  oneTimeTokens: boolean
  /** Whether the user has Keycloak's realm role offline_access, which an offline token needs. */
  offlineAccess: boolean
}

export const DEMO_USERS: DemoUser[] = [
  {
    username: 'demo',
    password: 'demo',
    what: 'reusable tokens: the first refresh token stays valid after each refresh',
    sub: '5c8f2d0a-6a1e-4c52-9a3e-0d3a7b1f4e01',
    given_name: 'Dana',
    family_name: 'Demo',
    oneTimeTokens: false,
    offlineAccess: true,
  },
  {
    username: 'rotating',
    password: 'demo',
    what: 'one-time tokens: each refresh replaces the token, and using an old one again ends the new one too',
    sub: '5c8f2d0a-6a1e-4c52-9a3e-0d3a7b1f4e02',
    given_name: 'Robin',
    family_name: 'Rotating',
    oneTimeTokens: true,
    offlineAccess: true,
  },
  {
    username: 'no-offline',
    password: 'demo',
    what: 'no offline tokens: the role offline_access is missing, so you can sign in but get no token',
    sub: '5c8f2d0a-6a1e-4c52-9a3e-0d3a7b1f4e03',
    given_name: 'Noa',
    family_name: 'Offline',
    oneTimeTokens: false,
    offlineAccess: false,
  },
]

/** Finds the user with this subject identifier. */
export function userBySubject(sub: string | undefined): DemoUser | undefined {
  return DEMO_USERS.find((user) => user.sub === sub)
}

/** Writes standard claims about a user (OpenID Connect Core §5.1), as Keycloak's scopes `profile` and `email` give them. */
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
