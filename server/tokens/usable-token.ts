import { AppError } from '../errors.js'
import type { Entry } from './entry.js'

/** @throws AppError `no_refresh_token`, or `token_refused` for a pasted token of another realm or client: then we send nothing. */
export function presentToken({ refresh_token, other_client }: Entry): string {
  if (other_client !== undefined) {
    throw new AppError('token_refused', `${other_client} We sent nothing.`, {
      hint: 'Set OAUTH2_ISSUER and OAUTH2_CLIENT_ID to those of the token in .env, restart, and paste it again.',
      extra: { error: null, error_description: null },
    })
  }
  if (refresh_token !== null) return refresh_token
  throw new AppError('no_refresh_token', 'The provider gave no refresh token with this sign-in.', {
    hint: 'The profile page says why, and what to do.',
  })
}

/** @throws AppError `no_refresh_token`; `invalid_grant` without a request if the token is known to be dead. */
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
