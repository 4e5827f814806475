import { AppError } from '../errors.js'
import { LISTED_AT_MOST } from './token-list.js'

/** The person decides which one goes: nothing is forgotten without asking. */
export const tooManyTokens = () =>
  new AppError('too_many_tokens', `This session holds ${LISTED_AT_MOST} tokens, and keeps no more. Nothing was done.`, {
    hint: 'Forget one on the list of tokens first. A token that is forgotten here stays valid.',
  })
