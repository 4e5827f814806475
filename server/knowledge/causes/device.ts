import type { Cause } from './cause.js'

/** What is said when a sign-in on another device can't begin (RFC 8628 §3.2). Keycloak's words are those of 26.7.2. */
export const deviceCauses: Cause[] = [
  {
    id: 'keycloak_device_grant_off',
    where: ['device'],
    error: 'unauthorized_client',
    description: 'The flow is disabled for the client',
    provider: 'keycloak',
    means: 'The client may not use the OAuth 2.0 Device Authorization Grant. It is off for a new client.',
    hint: "In Keycloak's admin console under Clients → your client → Settings, check OAuth 2.0 Device Authorization Grant under Capability config; or run mint without --device.",
  },
  {
    id: 'device_unauthorized_client',
    where: ['device'],
    error: 'unauthorized_client',
    description: null,
    provider: null,
    means: 'The client may not use the device authorization grant, or its credentials are wrong.',
    hint: 'Allow the device authorization grant for this client at the provider, and check OAUTH2_CLIENT_SECRET; or run mint without --device.',
  },
  {
    id: 'device_invalid_client',
    where: ['device'],
    error: 'invalid_client',
    description: null,
    provider: null,
    means:
      'The provider does not know this client, its secret is wrong, or it may not use the device authorization grant.',
    hint: 'Check OAUTH2_CLIENT_ID and OAUTH2_CLIENT_SECRET. Google wants a client of the type "TVs and Limited Input devices" for this.',
  },
  {
    id: 'device_invalid_scope',
    where: ['device'],
    error: 'invalid_scope',
    description: null,
    provider: null,
    means: 'The provider does not give this client one of the scopes that were asked for.',
    hint: 'Take the scope out of OAUTH2_SCOPE, or allow it for this client at the provider.',
  },
]
