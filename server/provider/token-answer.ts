import { AppError } from '../errors.js'

/** A token endpoint's answer, checked (RFC 6749 §5.1). null is "not said". */
export interface TokenAnswer {
  access_token: string
  /** Seconds. */
  expires_in: number | null
  refresh_token: string | null
  /** Keycloak, seconds; 0 with offline tokens. */
  refresh_expires_in: number | null
  /** GitHub and others, seconds. */
  refresh_token_expires_in: number | null
  scope: string | null
  id_token: { iss: string; sub: string } | null
  /** The answer's known members without its tokens, as the wire shows them. */
  members: Record<string, unknown>
}

/** Bytes of one token: an access token with 2,000 roles has 31 kB. */
const TOKEN_LIMIT = 48 * 1024

/** RFC 6749 Appendix A.12 and A.17: 1*VSCHAR. */
const TOKEN = /^[\x20-\x7e]+$/

const SHOWN_MEMBERS = [
  'token_type',
  'expires_in',
  'refresh_expires_in',
  'refresh_token_expires_in',
  'scope',
  'not-before-policy',
  'session_state',
  'typ',
]

/** @throws AppError `provider_malformed` when a token is none; anything less is told as "not said". */
export function readTokenAnswer(json: Record<string, unknown>, idToken: TokenAnswer['id_token']): TokenAnswer {
  if (String(json.token_type).toLowerCase() !== 'bearer') {
    throw new AppError('provider_malformed', "The provider's token answer is not of the type Bearer.")
  }
  return {
    access_token: token(json.access_token, 'access_token'),
    expires_in: seconds(json.expires_in),
    refresh_token: json.refresh_token == null ? null : token(json.refresh_token, 'refresh_token'),
    refresh_expires_in: seconds(json.refresh_expires_in),
    refresh_token_expires_in: seconds(json.refresh_token_expires_in),
    scope: typeof json.scope === 'string' && TOKEN.test(json.scope) ? json.scope : null,
    id_token: idToken,
    members: Object.fromEntries(SHOWN_MEMBERS.filter((name) => isPlain(json[name])).map((name) => [name, json[name]])),
  }
}

/** Whether a text can be a token at all (RFC 6749 Appendix A.17). */
export const isToken = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= TOKEN_LIMIT && TOKEN.test(value)

function token(value: unknown, name: string): string {
  if (isToken(value)) return value
  throw new AppError('provider_malformed', `The provider's token answer has no usable ${name}.`)
}

const isPlain = (value: unknown) =>
  typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= 2_000)

/** A hundred years: what is longer is no duration that anybody meant. */
const TOO_LONG = 100 * 366 * 86_400

/** Seconds as a number or in digits; anything else is as good as not said. */
export function seconds(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return typeof number === 'number' && number >= 0 && number <= TOO_LONG ? Math.floor(number) : null
}
