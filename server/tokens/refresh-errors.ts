import { AppError } from '../errors.js'

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

/** After an error the token counts as valid, and the revocation can be tried again (RFC 7009 §2.2.1). */
export const notConfirmed = ({ code, message, hint, extra, retryAfter, cause }: AppError) =>
  new AppError(code, message, {
    hint: hint ?? undefined,
    token: 'Your token is saved and probably still valid: the provider did not confirm the revocation.',
    extra,
    retryAfter: retryAfter ?? undefined,
    cause,
  })

/** Refuses a refresh in a chosen way while another one runs. */
export const busy = () =>
  new AppError('busy', 'Another refresh of this token is running, and it sends the credentials in another way.', {
    hint: 'Try again in a few seconds.',
    retryAfter: 2,
  })
