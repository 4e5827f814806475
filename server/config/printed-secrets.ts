/** Session secrets that this repository has printed at some time. Anyone can read them, so a shared site must not use them. */
export const PRINTED_SECRETS = [
  // compose.yaml
  'known-to-everybody-for-trying-out-only',
  // bench/
  'a secret of the measurement that is long enough',
  'a secret for the bench alone that is long enough',
  // test/, up to version 1
  'a secret of the tests that is long enough to be taken',
]
