import type { Cause } from './cause.js'

/** Keycloak refuses the client itself, at any endpoint. The texts are those of 16.1.1, 24.0.5 and 26.7.2. */
export const keycloakClientCauses: Cause[] = [
  {
    id: 'keycloak_secret',
    where: ['token', 'refresh', 'revocation'],
    error: 'unauthorized_client',
    description: 'Invalid client or Invalid client credentials',
    provider: 'keycloak',
    means: 'The client secret is wrong, or missing.',
    hint: "Copy OAUTH2_CLIENT_SECRET again from Keycloak's admin console (Clients → your client → Credentials). If a device gets this answer with the right secret, the secret has a + or % and the device sends it in a Basic header without form-encoding it.",
  },
  {
    id: 'keycloak_secret_16',
    where: ['token', 'refresh', 'revocation'],
    error: 'unauthorized_client',
    description: 'Invalid client secret',
    provider: 'keycloak',
    means:
      'The client secret is wrong. Or it has special characters: Keycloak up to 16 does not decode them in a Basic header.',
    hint: "Copy OAUTH2_CLIENT_SECRET again from Keycloak's admin console (Clients → your client → Credentials). If it has special characters, set OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD to client_secret_basic_raw or client_secret_post.",
  },
  {
    id: 'keycloak_secret_missing',
    where: ['token', 'refresh', 'revocation'],
    error: 'unauthorized_client',
    description: 'Client secret not provided in request',
    provider: 'keycloak',
    means: 'The client is confidential, and the request had no client secret.',
    hint: "Set OAUTH2_CLIENT_SECRET (in Keycloak's admin console: Clients → your client → Credentials), or make the client public.",
  },
  {
    id: 'keycloak_basic_raw',
    where: ['token', 'refresh', 'revocation'],
    error: 'unauthorized_client',
    description: 'Unexpected error when authenticating client',
    provider: 'keycloak',
    means:
      "Keycloak can't decode the Basic header: the secret has a % and must be form-encoded first (RFC 6749 §2.3.1).",
    hint: 'Here, set OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD to client_secret_basic (or auto). On the device, form-encode the secret or send it in the body (client_secret_post).',
  },
  {
    id: 'keycloak_unknown_client',
    where: ['token', 'refresh', 'revocation'],
    error: 'invalid_client',
    description: 'Invalid client …credentials',
    provider: 'keycloak',
    means: 'The realm has no client with this id, or the client is disabled.',
    hint: 'Compare OAUTH2_CLIENT_ID with "Client ID" under Clients in Keycloak\'s admin console, in the realm that OAUTH2_ISSUER names, and check that the client is enabled.',
  },
  {
    id: 'keycloak_client_authenticator',
    where: ['token', 'refresh', 'revocation'],
    error: 'invalid_client',
    description: 'client_assertion_type is missing',
    provider: 'keycloak',
    means: 'Keycloak expects a signed JWT from this client, not a client secret.',
    hint: 'In Keycloak\'s admin console, under Clients → your client → Credentials → Client Authenticator: choose "Client Id and Secret".',
  },
  {
    id: 'keycloak_introspection_credentials',
    where: ['introspection'],
    error: 'invalid_request',
    description: 'Authentication failed',
    provider: 'keycloak',
    means: "The client's credentials are wrong.",
    hint: "Copy OAUTH2_CLIENT_SECRET again from Keycloak's admin console (Clients → your client → Credentials).",
  },
  {
    id: 'keycloak_introspection_refused',
    where: ['introspection'],
    error: null,
    description: 'Client not allowed',
    provider: 'keycloak',
    means: 'Keycloak lets only confidential clients introspect tokens.',
    hint: 'The token itself is not affected. To test tokens by introspection, make the client confidential ("Client authentication" on).',
  },
]
