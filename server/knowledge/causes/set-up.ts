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
]
