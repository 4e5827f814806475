import type { ResponseBodyError } from 'openid-client'
import { AppError } from '../errors.js'
import { causeOf } from '../knowledge/causes/causes.js'
import { seconds } from './token-answer.js'

export interface Asked {
  /** What was asked, for the table of causes. */
  where: 'callback' | 'token' | 'refresh' | 'introspection' | 'revocation'
  /** Preset id of the provider. */
  provider: string
  /** Seconds after which the provider wants to be asked again. */
  retryAfter?: number | undefined
}

/** What the provider, or the library that read its answer, threw, as an error of ours. Text of the provider stays text. */
export function asProviderError(error: unknown, asked: Asked): AppError {
  if (error instanceof AppError) return error
  // openid-client wraps what the bounded fetch rejected with: not reached, too slow, not trusted, no JSON.
  const { cause, code } = error as { cause?: unknown; code?: string }
  if (cause instanceof AppError) return cause
  if (code === 'OAUTH_RESPONSE_BODY_ERROR') {
    const { error: name, error_description, response } = error as ResponseBodyError
    const retryAfter = seconds(response.headers.get('retry-after')) ?? undefined
    return oauthError(name, error_description, { ...asked, retryAfter })
  }
  if (code === 'OAUTH_JWT_CLAIM_COMPARISON_FAILED') {
    return new AppError('provider_malformed', 'The ID token in the answer is not for this sign-in.', { cause: error })
  }
  return new AppError('provider_malformed', "The provider's answer is not what RFC 6749 asks for.", { cause: error })
}

/** How providers say that a refresh token is dead: RFC 6749 §5.2, GitHub, Ory Hydra, Zoho. Dex says so in words alone. */
export const DEAD_TOKEN_ERRORS: readonly string[] = [
  'invalid_grant',
  'bad_refresh_token',
  'token_inactive',
  'invalid_code',
]

/** An OAuth error (RFC 6749 §5.2), with the switch that cures it where the table of causes knows one. */
export function oauthError(error: string, description: string | undefined, asked: Asked): AppError {
  const error_description = description === undefined ? null : cut(description)
  const cause = causeOf({ where: asked.where, error, error_description, provider: asked.provider })
  const dead = asked.where === 'refresh' && (DEAD_TOKEN_ERRORS.includes(error) || cause?.dead === true)
  return new AppError(
    dead ? 'invalid_grant' : 'provider_error',
    dead
      ? (cause?.means ?? 'The provider refused the refresh token: it has expired, was revoked, or was used already.')
      : (cause?.means ?? `The provider answered with the error ${cut(error)}.`),
    { hint: cause?.hint, extra: { error: cut(error), error_description }, retryAfter: asked.retryAfter },
  )
}

const AT_MOST = 300

/** Text of somebody else's: one line, no control or direction characters, at most 300 characters. */
export const cut = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ')
    .slice(0, AT_MOST)
