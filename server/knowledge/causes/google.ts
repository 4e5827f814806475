import type { Cause } from './cause.js'

export const googleCauses: Cause[] = [
  {
    id: 'google_redirect_uri',
    where: ['check', 'callback', 'token'],
    error: null,
    description: 'redirect_uri_mismatch',
    provider: 'google',
    means: 'The callback URL is not among the authorized redirect URIs of the client.',
    hint: 'Google Cloud console → Credentials → your OAuth client → Authorized redirect URIs: add the callback URL exactly.',
  },
  {
    id: 'google_client',
    where: ['check', 'callback', 'token', 'refresh'],
    error: null,
    description: 'The OAuth client was not found',
    provider: 'google',
    means: 'Google has no client with this id, or it was deleted.',
    hint: 'Copy OAUTH2_CLIENT_ID anew from Google Cloud console → Credentials.',
  },
  {
    id: 'google_scope',
    where: ['callback'],
    error: 'invalid_scope',
    description: null,
    provider: 'google',
    means: 'Google does not know one of the scopes; offline_access is not one of its own.',
    hint: 'Take offline_access out of OAUTH2_SCOPE (Google wants access_type=offline instead) and check the spelling of the others.',
  },
  {
    id: 'google_access_denied',
    where: ['callback'],
    error: 'access_denied',
    description: null,
    provider: 'google',
    means: 'The user said no; or the app is in "Testing" and this account is not among its test users.',
    hint: 'Sign in again and agree, or add the account under OAuth consent screen → Test users.',
  },
  {
    id: 'google_refresh_token',
    where: ['refresh'],
    error: 'invalid_grant',
    description: 'Token has been expired or revoked',
    provider: 'google',
    means:
      'The refresh token is dead. Usually the consent screen is in "Testing", where tokens live 7 days; else it was unused for 6 months, revoked, pushed out by newer ones, or the password was changed.',
    hint: 'Publish the app (OAuth consent screen → Publishing status: In production), then sign in again.',
  },
  {
    id: 'google_malformed',
    where: ['refresh', 'token'],
    error: 'invalid_grant',
    description: 'Bad Request',
    provider: 'google',
    means:
      'Google cannot use what was sent: a refresh token cut short, one of another client, or a code that was used before.',
    hint: 'Compare the fingerprint of the token with the one shown when it was minted, and use the client that minted it.',
  },
  {
    id: 'google_reauthentication',
    where: ['refresh'],
    error: 'invalid_grant',
    description: 'reauth related error',
    provider: 'google',
    means: "The organisation's policy wants its users to sign in again regularly.",
    hint: 'Sign in again; for an unattended device let the administrator exempt the app (Session control), or use a service account.',
  },
]
