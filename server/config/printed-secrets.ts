/** Session secrets that this repository prints, or once did. Anyone can read them, so no shared site may use them. */
export const PRINTED_SECRETS = [
  // compose.yaml
  'known-to-everybody-for-trying-out-only',
  // bench/
  'a secret of the measurement that is long enough',
  'a secret for the bench alone that is long enough',
  // test/, up to version 1
  'a secret of the tests that is long enough to be taken',
]
