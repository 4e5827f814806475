import type { Cause } from './cause.js'

/** Keycloak refusing the client itself, at any of its endpoints. Texts as 16.1.1, 24.0.5 and 26.7.2 send them. */
export const keycloakClientCauses: Cause[] = [
  {
    id: 'keycloak_secret',
    where: ['token', 'refresh', 'revocation'],
    error: 'unauthorized_client',
    description: 'Invalid client or Invalid client credentials',
    provider: 'keycloak',
    means: 'The client secret is wrong, or missing.',
    hint: 'Copy OAUTH2_CLIENT_SECRET anew from Clients → your client → Credentials. If it is right and has a + or %, a device that sends Basic without form-encoding it gets this answer too.',
  },
  {
    id: 'keycloak_secret_16',
    where: ['token', 'refresh', 'revocation'],
    error: 'unauthorized_client',
    description: 'Invalid client secret',
    provider: 'keycloak',
    means:
      'The client secret is wrong; or it is right, has special characters, and this old Keycloak (up to 16) does not decode them in a Basic header.',
    hint: 'Copy OAUTH2_CLIENT_SECRET anew from Clients → your client → Credentials. If it has special characters, set OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD to client_secret_basic_raw or client_secret_post.',
  },
  {
    id: 'keycloak_secret_missing',
    where: ['token', 'refresh', 'revocation'],
    error: 'unauthorized_client',
    description: 'Client secret not provided in request',
    provider: 'keycloak',
    means: 'The client is confidential, and no secret was sent.',
    hint: 'Set OAUTH2_CLIENT_SECRET (Clients → your client → Credentials), or make the client public.',
  },
  {
    id: 'keycloak_basic_raw',
    where: ['token', 'refresh', 'revocation'],
    error: 'unauthorized_client',
    description: 'Unexpected error when authenticating client',
    provider: 'keycloak',
    means:
      'The Basic header cannot be decoded: the secret has a % and was sent without form-encoding it first (RFC 6749 §2.3.1).',
    hint: 'Set OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD to client_secret_basic (or auto) here, and let the device encode the secret or send it in the body (client_secret_post).',
  },
  {
    id: 'keycloak_unknown_client',
    where: ['token', 'refresh', 'revocation'],
    error: 'invalid_client',
    description: 'Invalid client …credentials',
    provider: 'keycloak',
    means: 'The realm has no such client, or it is switched off.',
    hint: 'Compare OAUTH2_CLIENT_ID with "Client ID" under Clients in the realm that OAUTH2_ISSUER names, and check that the client is enabled.',
  },
  {
    id: 'keycloak_client_authenticator',
    where: ['token', 'refresh', 'revocation'],
    error: 'invalid_client',
    description: 'client_assertion_type is missing',
    provider: 'keycloak',
    means: 'The client is set to identify itself with a signed JWT, not with a secret.',
    hint: 'Clients → your client → Credentials → Client Authenticator: choose "Client Id and Secret".',
  },
  {
    id: 'keycloak_introspection_credentials',
    where: ['introspection'],
    error: 'invalid_request',
    description: 'Authentication failed',
    provider: 'keycloak',
    means: "The client's credentials are wrong.",
    hint: 'Copy OAUTH2_CLIENT_SECRET anew from Clients → your client → Credentials.',
  },
  {
    id: 'keycloak_introspection_refused',
    where: ['introspection'],
    error: null,
    description: 'Client not allowed',
    provider: 'keycloak',
    means: 'Keycloak lets only confidential clients ask about tokens.',
    hint: 'Nothing to do for the token. To get a proof without the reuse test, make the client confidential ("Client authentication" on).',
  },
]
