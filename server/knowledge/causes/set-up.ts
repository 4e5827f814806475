import type { Cause } from './cause.js'

/** Causes that the set-up check and the test find themselves; the error codes here are ours, not the provider's. */
export const setUpCauses: Cause[] = [
  {
    id: 'clock_skew',
    where: ['check'],
    error: 'clock_skew',
    description: null,
    provider: null,
    means:
      "This machine's clock and the provider's clock differ: new tokens look expired or not yet valid, and TLS certificates may too.",
    hint: 'Synchronise the clock with the network (timedatectl set-ntp true), on the device too.',
  },
]
