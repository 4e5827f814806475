import { AppError } from '../errors.js'

/** @param wait milliseconds until a replaced token is no longer taken for a grace period */
export function tooEarly(wait: number): AppError {
  const seconds = Math.ceil(wait / 1000)
  return new AppError(
    'too_early',
    'Many providers still take a replaced token for a while: asked now, the answer would prove nothing.',
    {
      hint: `Ask again in ${seconds} seconds. Some providers have longer grace periods still.`,
      retryAfter: seconds,
    },
  )
}
