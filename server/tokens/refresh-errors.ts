import { AppError } from '../errors.js'

/** The entry is not there any more. */
export const gone = () =>
  new AppError('not_signed_in', 'This session ended meanwhile, or the token was forgotten here.', {
    hint: 'Sign in again to mint another token.',
  })

/** A process that was told to end begins no second refresh of a test. */
export const ending = () =>
  new AppError('refresh_in_progress', 'This process is ending, so the test was stopped after its first refresh.', {
    hint: 'The token is saved. Run the test again in a few seconds.',
    retryAfter: 5,
  })

/** RFC 7009 §2.2.1: a revocation that ends in an error may be tried again, and until then the token counts as valid. */
export const notConfirmed = ({ code, message, hint, extra, retryAfter, cause }: AppError) =>
  new AppError(code, message, {
    hint: hint ?? undefined,
    token: 'Your token is kept, and still valid as far as we know: the provider did not confirm its end.',
    extra,
    retryAfter: retryAfter ?? undefined,
    cause,
  })
