import { AppError } from '../errors.js'
import { causeOf } from '../knowledge/causes/causes.js'
import { CLIENT_REFUSED, type Fate, fateOf, isBusy } from '../knowledge/refusals.js'
import { type ReadAnswer, whatCame } from './read-answer.js'
import type { SentValues } from './sent-values.js'
import { cut } from './text.js'
import { type Words, wordsOf } from './words.js'

export interface Asked {
  /** The request, for the table of causes. */
  where: 'callback' | 'token' | 'refresh' | 'introspection' | 'revocation' | 'device'
  /** Preset id of the provider. */
  provider: string
}

const ENDPOINTS: Record<Asked['where'], string> = {
  callback: 'The authorization endpoint',
  token: 'The token endpoint',
  refresh: 'The token endpoint',
  introspection: 'The introspection endpoint',
  revocation: 'The revocation endpoint',
  device: 'The device authorization endpoint',
}

const AGAIN = 'Try again in a few minutes.'

/** Turns a failed answer into an `AppError`: with the provider's own text, or with a description of the answer. */
export function asRefusal(answer: ReadAnswer, asked: Asked, sent: SentValues, missing = ''): AppError {
  const words = wordsOf(answer, sent)
  const endpoint = ENDPOINTS[asked.where]
  const { status, retryAfter } = answer
  if (words !== null) return refusal(words, asked, { status, retryAfter, hint: hintOf(answer) })
  if (status === 429 || status >= 500) {
    const why = status === 429 ? 'received too many requests' : 'has a problem'
    return new AppError('provider_unreachable', `${endpoint} answered ${status}: the provider ${why}.`, {
      hint: AGAIN,
      retryAfter,
    })
  }
  return new AppError('provider_malformed', `${endpoint} ${whatCame(answer)}.${missing}`, {
    hint: hintOf(answer) ?? "Check the endpoint's address: it seems to be the address of another page.",
    retryAfter,
  })
}

/** Returns what was refused: the client itself, or the token or code. */
export function blamed(answer: ReadAnswer, sent: SentValues): 'client' | 'token' | null {
  const words = wordsOf(answer, sent)
  if (words && fateOf(words.error, words.description) !== null) return 'token'
  const ofTheClient = answer.status === 401 || (words?.error != null && CLIENT_REFUSED.includes(words.error))
  return ofTheClient ? 'client' : null
}

/** Says what to do about an answer that no OAuth endpoint gives. */
function hintOf({ status, body }: ReadAnswer): string | undefined {
  if (status === 429 || status >= 500) return AGAIN
  return body === 'a web page' ? "Check the endpoint's address: it seems to be the address of another page." : undefined
}

/** Reports an OAuth error of a callback (RFC 6749 §4.1.2.1). */
export const oauthError = (error: string, description: string | undefined, asked: Asked): AppError =>
  refusal({ error: cut(error), description: description === undefined ? null : cut(description) }, asked, {})

const CODES = { dead: 'invalid_grant', refused: 'token_refused' } as const

const MEANS: Record<Fate, string> = {
  dead: 'The provider refused the refresh token: it has expired, was revoked, or was used before.',
  refused: 'The provider refuses this refresh token for now.',
}

/** Reports a refusal with the provider's text, and says what to do if the table of causes knows it. */
function refusal(
  { error, description }: Words,
  asked: Asked,
  answer: { status?: number; retryAfter?: number | undefined; hint?: string | undefined },
): AppError {
  const cause = causeOf({ ...asked, error, error_description: description, status: answer.status ?? null })
  const fate = asked.where === 'refresh' ? fateOf(error, description) : null
  const said =
    error === null
      ? `${ENDPOINTS[asked.where]} answered ${answer.status} and refused the request.`
      : `The provider answered with the error ${error}.`
  return new AppError(fate ? CODES[fate] : 'provider_error', cause?.means ?? (fate ? MEANS[fate] : said), {
    hint:
      cause?.hint ??
      answer.hint ??
      (fate === 'refused' ? 'Solve the problem that the provider names, then test the token again.' : undefined),
    extra: { error, error_description: description },
    retryAfter: answer.retryAfter,
    busy: fate === null && isBusy(answer.status, error, description),
  })
}
