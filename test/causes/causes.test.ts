import { describe, expect, it } from '@jest/globals'
import type { Seen } from '../../server/knowledge/causes/cause.js'
import { CAUSES, causeOf } from '../../server/knowledge/causes/causes.js'

const keycloak = (where: Seen['where'], error: string | null, error_description: string | null): Seen => ({
  where,
  error,
  error_description,
  provider: 'keycloak',
})

/** What providers really say, and what it is. The words of Keycloak are those of 16.1.1, 24.0.5 and 26.7.2. */
const seen: [string, Seen][] = [
  ['keycloak_realm', keycloak('check', null, '{"error":"Realm does not exist"}')],
  ['keycloak_client_not_found', keycloak('check', null, 'Sign in to demo demo We are sorry... Client not found.')],
  ['keycloak_client_disabled', keycloak('check', null, 'We are sorry... Client disabled.')],
  ['keycloak_redirect_uri', keycloak('check', null, 'We are sorry... Invalid parameter: redirect_uri')],
  [
    'keycloak_bearer_only',
    keycloak('check', null, 'Bearer-only applications are not allowed to initiate browser login'),
  ],
  ['keycloak_bearer_only', keycloak('refresh', 'invalid_client', 'Bearer-only not allowed')],
  [
    'keycloak_standard_flow',
    keycloak(
      'callback',
      'unauthorized_client',
      'Client is not allowed to initiate browser login with given response_type. Standard flow is disabled for the client.',
    ),
  ],
  [
    'keycloak_device_grant_off',
    keycloak(
      'device',
      'unauthorized_client',
      'Client is not allowed to initiate OAuth 2.0 Device Authorization Grant. The flow is disabled for the client.',
    ),
  ],
  ['device_unauthorized_client', { ...keycloak('device', 'unauthorized_client', null), provider: null }],
  ['device_invalid_client', keycloak('device', 'invalid_client', 'Invalid client or Invalid client credentials')],
  ['device_invalid_scope', keycloak('device', 'invalid_scope', 'Invalid scopes: nonsense')],
  ['keycloak_scope', keycloak('callback', 'invalid_scope', 'Invalid scopes: offline_access')],
  [
    'keycloak_pkce_method',
    keycloak(
      'callback',
      'invalid_request',
      'Invalid parameter: code challenge method is not matching the configured one',
    ),
  ],
  [
    'keycloak_pkce_method',
    keycloak('callback', 'invalid_request', 'Invalid parameter: code challenge method is not configured one'),
  ],
  ['keycloak_pkce_missing', keycloak('callback', 'invalid_request', 'Missing parameter: code_challenge_method')],
  ['keycloak_role', keycloak('token', 'not_allowed', 'Offline tokens not allowed for the user or client')],
  ['keycloak_role', keycloak('refresh', 'not_allowed', 'Offline tokens not allowed for the user or client')],
  ['keycloak_secret', keycloak('refresh', 'unauthorized_client', 'Invalid client or Invalid client credentials')],
  ['keycloak_secret_16', keycloak('refresh', 'unauthorized_client', 'Invalid client secret')],
  ['keycloak_secret_missing', keycloak('refresh', 'unauthorized_client', 'Client secret not provided in request')],
  ['keycloak_basic_raw', keycloak('token', 'unauthorized_client', 'Unexpected error when authenticating client')],
  ['keycloak_unknown_client', keycloak('token', 'invalid_client', 'Invalid client or Invalid client credentials')],
  ['keycloak_unknown_client', keycloak('token', 'invalid_client', 'Invalid client credentials')],
  ['keycloak_client_authenticator', keycloak('token', 'invalid_client', 'Parameter client_assertion_type is missing')],
  ['keycloak_introspection_credentials', keycloak('introspection', 'invalid_request', 'Authentication failed.')],
  ['keycloak_introspection_refused', keycloak('introspection', 'invalid_request', 'Client not allowed.')],
  ['keycloak_code', keycloak('token', 'invalid_grant', 'Code not valid')],
  ['keycloak_code_redirect_uri', keycloak('token', 'invalid_grant', 'Incorrect redirect_uri')],
  ['keycloak_code_verifier', keycloak('token', 'invalid_grant', 'PKCE verification failed: Code mismatch')],
  ['keycloak_code_verifier', keycloak('token', 'invalid_grant', 'PKCE code verifier not specified')],
  ['keycloak_token_ended', keycloak('refresh', 'invalid_grant', 'Token is not active')],
  ['keycloak_session', keycloak('refresh', 'invalid_grant', 'Session not active')],
  ['keycloak_offline_session', keycloak('refresh', 'invalid_grant', 'Offline user session not found')],
  [
    'keycloak_offline_not_granted',
    keycloak('refresh', 'invalid_grant', 'Offline session invalid because offline access not granted anymore'),
  ],
  ['keycloak_client_session', keycloak('refresh', 'invalid_grant', "Session doesn't have required client")],
  ['keycloak_client_session_old', keycloak('refresh', 'invalid_grant', 'Client session not active')],
  ['keycloak_reuse', keycloak('refresh', 'invalid_grant', 'Maximum allowed refresh token reuse exceeded')],
  ['keycloak_stale', keycloak('refresh', 'invalid_grant', 'Stale token')],
  ['keycloak_stale', keycloak('refresh', 'invalid_grant', 'Stale refresh token')],
  ['keycloak_unreadable', keycloak('refresh', 'invalid_grant', 'Invalid refresh token')],
  [
    'keycloak_other_client',
    keycloak('refresh', 'invalid_grant', "Invalid refresh token. Token client and authorized client don't match"),
  ],
  [
    'keycloak_other_host',
    keycloak('refresh', 'invalid_grant', "Invalid token issuer. Expected 'http://localhost:8080/realms/demo'"),
  ],
  ['keycloak_user_disabled', keycloak('refresh', 'invalid_grant', 'User disabled')],
  [
    'google_refresh_token',
    {
      where: 'refresh',
      error: 'invalid_grant',
      error_description: 'Token has been expired or revoked.',
      provider: 'google',
    },
  ],
  [
    'google_redirect_uri',
    { where: 'check', error: null, error_description: 'Error 400: redirect_uri_mismatch', provider: 'google' },
  ],
  [
    'entra_redirect_uri',
    { where: 'check', error: null, error_description: 'AADSTS50011: The redirect URI …', provider: 'entra' },
  ],
  [
    'entra_redirect_uri_http',
    { where: 'check', error: null, error_description: "AADSTS500117: The reply uri isn't secure", provider: 'entra' },
  ],
  [
    'entra_ended',
    { where: 'refresh', error: 'invalid_grant', error_description: 'AADSTS70008: expired', provider: 'entra' },
  ],
  [
    'entra_idle',
    { where: 'refresh', error: 'invalid_grant', error_description: 'AADSTS700082: inactive', provider: 'entra' },
  ],
  [
    'entra_secret',
    {
      where: 'token',
      error: 'invalid_client',
      error_description: 'AADSTS7000215: Invalid client secret',
      provider: 'entra',
    },
  ],
  [
    'auth0_refresh_token',
    {
      where: 'refresh',
      error: 'invalid_grant',
      error_description: 'Unknown or invalid refresh token.',
      provider: 'auth0',
    },
  ],
  [
    'github_refresh_token',
    {
      where: 'refresh',
      error: 'bad_refresh_token',
      error_description: 'The refresh token passed is incorrect or expired.',
      provider: 'github',
      status: 200,
    },
  ],
  [
    'spotify_redirect_uri',
    { where: 'check', error: null, error_description: 'INVALID_CLIENT: Invalid redirect URI', provider: 'spotify' },
  ],
  [
    'strava_refresh_token',
    {
      where: 'refresh',
      error: null,
      error_description: 'Bad Request: RefreshToken refresh_token invalid',
      provider: 'strava',
    },
  ],
  ['fitbit_gone', { where: 'refresh', error: null, error_description: null, provider: 'fitbit', status: 410 }],
  [
    'dex_refresh_token',
    {
      where: 'refresh',
      error: 'invalid_request',
      error_description: 'Refresh token is invalid or has already been claimed by another client.',
      provider: 'dex',
    },
  ],
  ['zoho_refresh_token', { where: 'refresh', error: 'invalid_code', provider: 'zoho', status: 200 }],
  ['clock_skew', { where: 'check', error: 'clock_skew' }],
]

describe('causeOf', () => {
  it.each(seen)('finds %s', (id, what) => {
    expect(causeOf(what)?.id).toBe(id)
  })

  it('knows the words of a provider that nobody recognised', () => {
    expect(causeOf({ ...keycloak('refresh', 'invalid_grant', 'Stale token'), provider: 'generic' })?.id).toBe(
      'keycloak_stale',
    )
    expect(causeOf({ where: 'refresh', error: 'invalid_grant', error_description: 'User disabled' })?.id).toBe(
      'keycloak_user_disabled',
    )
  })

  it('names the product whose words an unknown provider uses, since its settings may be called otherwise', () => {
    const disabled = keycloak('refresh', 'invalid_grant', 'User disabled')
    expect(causeOf({ ...disabled, provider: 'generic' })?.hint).toMatch(/^In Keycloak's admin console, under Users/)
    const consent = keycloak('refresh', 'invalid_scope', 'Client no longer has requested consent from user')
    const { hint } = causeOf(consent) ?? {}
    expect(hint).not.toContain('Keycloak')
    expect(causeOf({ ...consent, provider: 'generic' })?.hint).toBe(`If the provider is Keycloak: ${hint}`)
  })

  it('does not lend one provider the words of another', () => {
    const words = { ...keycloak('refresh', 'invalid_grant', 'Stale token'), provider: 'google' }
    expect(causeOf(words)?.id).toBe('invalid_grant_refresh')
  })

  it('falls back to what the code means, and then to nothing', () => {
    expect(causeOf(keycloak('refresh', 'invalid_grant', 'Words nobody knows'))?.id).toBe('invalid_grant_refresh')
    expect(causeOf(keycloak('token', 'invalid_grant', null))?.id).toBe('invalid_grant_code')
    expect(causeOf(keycloak('refresh', 'a_code_nobody_knows', null))).toBeNull()
    expect(causeOf({ where: 'check', error: null, error_description: '<h1>It works!</h1>' })).toBeNull()
  })

  it('takes a code for the whole word that it is', () => {
    const entra = { where: 'check', error: null, provider: 'entra' } as const
    expect(causeOf({ ...entra, error_description: 'AADSTS500119: something else' })).toBeNull()
  })

  it('answers at once, whatever the provider says', () => {
    const started = performance.now()
    for (const text of ['Invalid client '.repeat(20), `${'…'.repeat(150)}${'a'.repeat(150)}`, ' '.repeat(300)]) {
      causeOf(keycloak('refresh', 'invalid_client', text))
    }
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('the table of causes', () => {
  it('has an id for each', () => {
    const ids = CAUSES.map(({ id }) => id)
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  })

  it.each(CAUSES.map((cause) => [cause.id, cause] as const))('reaches %s wherever it stands', (id, cause) => {
    for (const where of cause.where) {
      const error_description = cause.description?.replaceAll('…', 'x ') ?? null
      const { error, provider, status } = cause
      expect(causeOf({ where, error, error_description, provider, status: status ?? 400 })?.id).toBe(id)
    }
  })

  it('says for every code of RFC 6749 what it means', () => {
    for (const error of [
      'invalid_request',
      'unauthorized_client',
      'access_denied',
      'unsupported_response_type',
      'invalid_scope',
      'server_error',
      'temporarily_unavailable',
    ]) {
      expect(causeOf({ where: 'callback', error })).not.toBeNull()
    }
    for (const error of [
      'invalid_request',
      'invalid_client',
      'invalid_grant',
      'unauthorized_client',
      'unsupported_grant_type',
      'invalid_scope',
    ]) {
      expect(causeOf({ where: 'token', error })).not.toBeNull()
      expect(causeOf({ where: 'refresh', error })).not.toBeNull()
    }
  })

  it("says that a menu of Keycloak's is in its admin console", () => {
    const menus = CAUSES.filter(({ provider, hint }) => provider === 'keycloak' && hint.includes('→'))
    expect(menus.length).toBeGreaterThan(10)
    for (const { hint } of menus) expect(hint).toContain("Keycloak's admin console")
  })
})
