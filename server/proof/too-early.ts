import { AppError } from '../errors.js'

/** @param wait milliseconds until a replaced token is no longer taken for a grace period */
export function tooEarly(wait: number): AppError {
  const seconds = Math.ceil(wait / 1000)
  return new AppError(
    'too_early',
    'Many providers accept a replaced token for a short time, so a test now would show nothing.',
    {
      hint: `Test again in ${seconds} seconds. Some providers have even longer grace periods.`,
      retryAfter: seconds,
    },
  )
}
