import type { Cause } from './cause.js'

export const googleCauses: Cause[] = [
  {
    id: 'google_redirect_uri',
    where: ['check', 'callback', 'token'],
    error: null,
    description: 'redirect_uri_mismatch',
    provider: 'google',
    means: "The callback URL is not one of the client's authorized redirect URIs.",
    hint: 'Google Cloud console → Credentials → your OAuth client → Authorized redirect URIs: add the callback URL exactly.',
  },
  {
    id: 'google_client',
    where: ['check', 'callback', 'token', 'refresh'],
    error: null,
    description: 'The OAuth client was not found',
    provider: 'google',
    means: 'Google has no client with this id, or it was deleted.',
    hint: 'Copy OAUTH2_CLIENT_ID again from Google Cloud console → Credentials.',
  },
  {
    id: 'google_scope',
    where: ['callback'],
    error: 'invalid_scope',
    description: null,
    provider: 'google',
    means: 'Google does not know one of the scopes. It has no scope offline_access.',
    hint: 'Take offline_access out of OAUTH2_SCOPE (Google uses access_type=offline instead) and check the spelling of the other scopes.',
  },
  {
    id: 'google_access_denied',
    where: ['callback'],
    error: 'access_denied',
    description: null,
    provider: 'google',
    means: 'The user cancelled. Or the app is in "Testing" and this account is not one of its test users.',
    hint: 'Sign in again and agree, or add the account under OAuth consent screen → Test users.',
  },
  {
    id: 'google_refresh_token',
    where: ['refresh'],
    error: 'invalid_grant',
    description: 'Token has been expired or revoked',
    provider: 'google',
    means:
      'The refresh token is dead. Usually the consent screen is in "Testing", where tokens last 7 days. Otherwise the token was not used for 6 months, the user revoked it or changed the password, or the user has too many newer tokens.',
    hint: 'Publish the app (OAuth consent screen → Publishing status: In production), then sign in again.',
  },
  {
    id: 'google_malformed',
    where: ['refresh', 'token'],
    error: 'invalid_grant',
    description: 'Bad Request',
    provider: 'google',
    means:
      "Google can't use this token or code: the refresh token is incomplete or belongs to another client, or the code was used before.",
    hint: 'Compare the fingerprint of the token with the one shown when you minted it, and use the client that you minted it with.',
  },
  {
    id: 'google_reauthentication',
    where: ['refresh'],
    error: 'invalid_grant',
    description: 'reauth related error',
    provider: 'google',
    means: 'The organisation requires its users to sign in again regularly.',
    hint: 'Sign in again. For an unattended device, ask the administrator to exempt the app (Session control), or use a service account.',
  },
]
