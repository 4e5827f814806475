import { AppError } from '../errors.js'
import { LISTED_AT_MOST } from './token-list.js'

/** Asks the person to remove a token, because we remove nothing without asking. */
export const tooManyTokens = () =>
  new AppError(
    'too_many_tokens',
    `This session holds ${LISTED_AT_MOST} tokens, and that is the most it can hold. We did nothing.`,
    {
      hint: 'First forget one of them on the list of tokens. This does not revoke it.',
    },
  )
