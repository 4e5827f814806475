import { AppError } from '../errors.js'
import { LISTED_AT_MOST } from './token-list.js'

/** Asks the person to remove a token, because we remove nothing without asking. */
export const tooManyTokens = () =>
  new AppError('too_many_tokens', `This session holds ${LISTED_AT_MOST} tokens, and keeps no more. Nothing was done.`, {
    hint: 'First choose "Forget" for one on the list of tokens. This does not revoke it.',
  })
