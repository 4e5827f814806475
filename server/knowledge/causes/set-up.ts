import type { Cause } from './cause.js'

/** What the set-up check and the proof see by themselves; the error codes here are ours, not the provider's. */
export const setUpCauses: Cause[] = [
  {
    id: 'clock_skew',
    where: ['check'],
    error: 'clock_skew',
    description: null,
    provider: null,
    means:
      "This machine's clock and the provider's differ: fresh tokens look expired or not yet valid, and TLS certificates may too.",
    hint: 'Set the clock by the network (timedatectl set-ntp true), on the device as well.',
  },
  {
    id: 'not_offline_token',
    where: ['answer'],
    error: 'not_offline_token',
    description: null,
    provider: 'keycloak',
    means:
      "This is an ordinary refresh token: it ends with the user's session, by sign-out or after SSO Session Idle (30 minutes by default).",
    hint: 'Put offline_access into OAUTH2_SCOPE and sign in again.',
  },
  {
    id: 'loopback_token_endpoint',
    where: ['answer'],
    error: 'loopback_token_endpoint',
    description: null,
    provider: null,
    means: 'The token endpoint is on this machine: a device elsewhere cannot reach it under that name.',
    hint: 'Mint through the host name that the device will use; newer Keycloaks (24 and 26 do, 21 does not) take a refresh token only under the name it was minted through.',
  },
]
