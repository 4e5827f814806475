import { AppError } from '../errors.js'
import type { Entry } from './entry.js'

/** @throws AppError `no_refresh_token` */
export function presentToken({ refresh_token }: Entry): string {
  if (refresh_token !== null) return refresh_token
  throw new AppError('no_refresh_token', 'The provider gave no refresh token with this sign-in.', {
    hint: 'The profile page says why that happens and what to do.',
  })
}

/** @throws AppError `no_refresh_token`, or `invalid_grant` without asking when the token is known dead. */
export function usableToken(entry: Entry): string {
  const token = presentToken(entry)
  if (entry.dead === null) return token
  throw new AppError(
    'invalid_grant',
    entry.dead.reason === 'revoked'
      ? 'This refresh token was revoked here.'
      : 'The provider has refused this refresh token before.',
    {
      hint: 'Sign in again to mint another one.',
      extra: { error: 'invalid_grant', error_description: entry.dead.error_description },
    },
  )
}
