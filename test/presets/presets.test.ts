import { describe, expect, it } from '@jest/globals'
import type { AboutProvider } from '../../server/knowledge/presets/preset.js'
import { asked, loopbackWarning, PRESETS, presetFor } from '../../server/knowledge/presets.js'

/** A provider known by its metadata, as discovery gives it. */
function discovered(issuer: string, authorization: string, token: string, metadata = {}): AboutProvider {
  return {
    issuer,
    authorization_endpoint: `${issuer}${authorization}`,
    token_endpoint: `${issuer}${token}`,
    metadata: { issuer, ...metadata },
  }
}

/** A provider without discovery. */
function endpoints(authorization_endpoint: string, token_endpoint: string): AboutProvider {
  return { issuer: null, authorization_endpoint, token_endpoint, metadata: null }
}

const keycloakPaths = ['/protocol/openid-connect/auth', '/protocol/openid-connect/token'] as const

const recognised: [string, string, AboutProvider][] = [
  ['Keycloak 26', 'keycloak', discovered('https://sso.example/realms/demo', ...keycloakPaths)],
  ['Keycloak 16', 'keycloak', discovered('https://sso.example/auth/realms/demo', ...keycloakPaths)],
  [
    'Keycloak by its endpoints alone',
    'keycloak',
    endpoints(
      'https://accounts.organicity.eu/realms/organicity/protocol/openid-connect/auth',
      'https://accounts.organicity.eu/realms/organicity/protocol/openid-connect/token',
    ),
  ],
  [
    'Keycloak by its issuer, before discovery has worked',
    'keycloak',
    { issuer: 'https://sso.example/realms/demo', authorization_endpoint: null, token_endpoint: null, metadata: null },
  ],
  [
    'Google',
    'google',
    {
      issuer: 'https://accounts.google.com',
      authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
      token_endpoint: 'https://oauth2.googleapis.com/token',
      metadata: {},
    },
  ],
  [
    'Entra ID',
    'entra',
    endpoints(
      'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
      'https://login.microsoftonline.com/common/oauth2/v2.0/token',
    ),
  ],
  ['Auth0', 'auth0', discovered('https://dev-1.eu.auth0.com', '/authorize', '/oauth/token')],
  [
    'Auth0 behind its own domain',
    'auth0',
    discovered('https://login.example', '/authorize', '/oauth/token', {
      mfa_challenge_endpoint: 'https://login.example/mfa/challenge',
    }),
  ],
  ['Okta', 'okta', discovered('https://dev-1.okta.com', '/oauth2/v1/authorize', '/oauth2/v1/token')],
  [
    'Okta behind its own domain',
    'okta',
    endpoints('https://id.example/oauth2/default/v1/authorize', 'https://id.example/oauth2/default/v1/token'),
  ],
  [
    'GitHub',
    'github',
    endpoints('https://github.com/login/oauth/authorize', 'https://github.com/login/oauth/access_token'),
  ],
  ['GitLab', 'gitlab', discovered('https://gitlab.com', '/oauth/authorize', '/oauth/token')],
  [
    'GitLab of one’s own',
    'gitlab',
    discovered('https://git.example', '/oauth/authorize', '/oauth/token', {
      scopes_supported: ['api', 'read_api', 'read_user', 'read_repository', 'openid'],
    }),
  ],
  ['Spotify', 'spotify', endpoints('https://accounts.spotify.com/authorize', 'https://accounts.spotify.com/api/token')],
  ['Strava', 'strava', endpoints('https://www.strava.com/oauth/authorize', 'https://www.strava.com/oauth/token')],
  ['Fitbit', 'fitbit', endpoints('https://www.fitbit.com/oauth2/authorize', 'https://api.fitbit.com/oauth2/token')],
  [
    'Dropbox',
    'dropbox',
    endpoints('https://www.dropbox.com/oauth2/authorize', 'https://api.dropboxapi.com/oauth2/token'),
  ],
  ['Netatmo', 'netatmo', endpoints('https://api.netatmo.com/oauth2/authorize', 'https://api.netatmo.com/oauth2/token')],
  ['Zoho in Australia', 'zoho', discovered('https://accounts.zoho.com.au', '/oauth/v2/auth', '/oauth/v2/token')],
  ['Ory Hydra', 'hydra', discovered('https://hydra.example', '/oauth2/auth', '/oauth2/token')],
  [
    'authentik',
    'authentik',
    endpoints('https://auth.example/application/o/authorize/', 'https://auth.example/application/o/token/'),
  ],
  ['Zitadel', 'zitadel', discovered('https://id.example', '/oauth/v2/authorize', '/oauth/v2/token')],
  [
    'FusionAuth',
    'fusionauth',
    discovered('https://fa.example', '/oauth2/authorize', '/oauth2/token', {
      device_authorization_endpoint: 'https://fa.example/oauth2/device_authorize',
      userinfo_endpoint: 'https://fa.example/oauth2/userinfo',
    }),
  ],
  [
    'Dex',
    'dex',
    discovered('https://dex.example/dex', '/auth', '/token', {
      jwks_uri: 'https://dex.example/dex/keys',
      device_authorization_endpoint: 'https://dex.example/dex/device/code',
    }),
  ],
  [
    'Cognito',
    'cognito',
    {
      issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf',
      authorization_endpoint: 'https://pool.auth.eu-west-1.amazoncognito.com/oauth2/authorize',
      token_endpoint: 'https://pool.auth.eu-west-1.amazoncognito.com/oauth2/token',
      metadata: {},
    },
  ],
  [
    'Spring Authorization Server',
    'generic',
    discovered('http://localhost:9000', '/oauth2/authorize', '/oauth2/token', {
      jwks_uri: 'http://localhost:9000/oauth2/jwks',
      userinfo_endpoint: 'http://localhost:9000/userinfo',
    }),
  ],
  [
    'django-oauth-toolkit',
    'generic',
    endpoints('http://127.0.0.1:8000/o/authorize/', 'http://127.0.0.1:8000/o/token/'),
  ],
  ['an address that is none', 'generic', endpoints('nonsense', '')],
]

describe('presetFor', () => {
  it.each(recognised)('recognises %s', (_, id, about) => {
    expect(presetFor(about).id).toBe(id)
  })

  it.each(recognised)('does not take %s for two providers', (_, id, about) => {
    const all = PRESETS.filter((preset) => preset.recognises(about)).map((preset) => preset.id)
    expect(all).toEqual(id === 'generic' ? ['generic'] : [id, 'generic'])
  })

  it('is not fooled by a host that only ends or begins like a known one', () => {
    for (const host of [
      'notgithub.com',
      'evil-okta.com',
      'accounts.google.com.evil.example',
      'zoho.com.evil.example',
    ]) {
      expect(presetFor(endpoints(`https://${host}/authorize`, `https://${host}/token`)).id).toBe('generic')
    }
  })
})

describe('each preset', () => {
  it('has an id of its own', () => {
    expect(new Set(PRESETS.map(({ id }) => id)).size).toBe(PRESETS.length)
  })

  it.each(PRESETS.map((preset) => [preset.id, preset] as const))('%s speaks in whole sentences', (_, preset) => {
    const sentences = [preset.asksFor, preset.noRefreshToken, preset.reuse, preset.lifetime, ...preset.requirements]
    for (const sentence of [...sentences, preset.loopback?.note, preset.revokesMore].filter((it) => it !== undefined)) {
      expect(sentence).toMatch(/^\S.*[.)]$/)
    }
  })
})

describe('asked', () => {
  const google = presetFor(recognised.find(([name]) => name === 'Google')?.[2] as AboutProvider)
  const keycloak = presetFor(recognised[0]?.[2] as AboutProvider)

  it('asks Keycloak as the tutorial does', () => {
    expect(asked(keycloak, { scope: null, authorizationParams: [] })).toEqual({
      scope: 'offline_access',
      authorizationParams: [],
    })
  })

  it('asks Google in Google’s way, never for offline_access', () => {
    const { scope, authorizationParams } = asked(google, { scope: null, authorizationParams: [] })
    expect(scope).not.toContain('offline_access')
    expect(Object.fromEntries(authorizationParams)).toEqual({ access_type: 'offline', prompt: 'consent' })
  })

  it('leaves what is configured as it is, name by name', () => {
    expect(
      asked(google, {
        scope: 'calendar',
        authorizationParams: [
          ['prompt', 'select_account'],
          ['hd', 'x'],
        ],
      }),
    ).toEqual({
      scope: 'calendar',
      authorizationParams: [
        ['access_type', 'offline'],
        ['prompt', 'select_account'],
        ['hd', 'x'],
      ],
    })
  })
})

describe('loopbackWarning', () => {
  const spotify = presetFor(
    endpoints('https://accounts.spotify.com/authorize', 'https://accounts.spotify.com/api/token'),
  )

  it('says that Spotify refuses localhost, and which BASE_URL it takes', () => {
    expect(loopbackWarning(spotify, 'http://localhost:3000')).toContain('BASE_URL=http://127.0.0.1')
  })

  it('is silent where the name is taken', () => {
    expect(loopbackWarning(spotify, 'http://127.0.0.1:3000')).toBeNull()
    expect(
      loopbackWarning(presetFor(endpoints('https://x.example/a', 'https://x.example/b')), 'http://localhost'),
    ).toBeNull()
  })
})
