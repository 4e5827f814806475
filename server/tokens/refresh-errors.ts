import { AppError, type ErrorCode } from '../errors.js'

/** Says that the entry is gone. */
export const gone = () =>
  new AppError('not_signed_in', 'This session has ended, or the token was forgotten here.', {
    hint: 'Sign in again to mint another token.',
  })

/** Stops a test between its two refreshes, because the process is ending. */
export const ending = () =>
  new AppError('refresh_in_progress', 'This process is ending, so the test was stopped after its first refresh.', {
    hint: 'The token is saved. Run the test again in a few seconds.',
    retryAfter: 5,
  })

/** @throws AppError the failure of a revocation: the token counts as valid, and it can be tried again (RFC 7009 §2.2.1) */
export function notConfirmed(error: AppError): never {
  throw error.with({
    token: error.unsent
      ? NOTHING_SENT
      : 'Your token is saved and probably still valid: the provider did not confirm the revocation.',
  })
}

const NOTHING_SENT = 'We sent nothing, so your token has not changed.'

const NO_USABLE_ANSWER: ErrorCode[] = ['provider_unreachable', 'provider_malformed', 'provider_timeout']

/**
 * Whether the provider may have used up a one-time token: no usable answer came, it has a problem, or the answer has no
 * error code of OAuth, such as the page of a gateway that waited for the provider in vain.
 */
const mayHaveUsedIt = ({ code, extra, busy }: AppError) =>
  busy || NO_USABLE_ANSWER.includes(code) || (code === 'provider_error' && extra.error === null)

/** Says what a failed refresh means for the token that was sent. */
export function notRefreshed(error: AppError): AppError {
  if (error.unsent) return error.with({ token: NOTHING_SENT })
  if (!mayHaveUsedIt(error)) return error
  return error.with({
    token:
      'Your token is saved. If it is one-time and the provider received the request, it may be used up: test it to find out.',
  })
}

/** Refuses a refresh in a chosen way while another one runs. */
export const busy = () =>
  new AppError('busy', 'Another refresh of this token is running, and it sends the credentials in another way.', {
    hint: 'Try again in a few seconds.',
    retryAfter: 2,
  })
