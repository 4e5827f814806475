import type { TokenEndpointAuthMethod } from '../config/config.js'
import { clockRemark } from './clock-remark.js'
import { readJwt } from './jwt.js'
import { isSuccess, type ReadAnswer } from './read-answer.js'
import { createRemarks, type Remark, type Remarks, whatIs } from './remarks.js'
import type { SentValues } from './sent-values.js'

/** A token endpoint's answer (RFC 6749 §5.1). null means that a member is missing or can't be used. */
export interface TokenAnswer {
  refresh_token: string | null
  access_token: string | null
  token_type: 'Bearer' | null
  /** The token is bound to a key that a device does not have (RFC 9449). */
  dpop: boolean
  /** Seconds. */
  expires_in: number | null
  /** Keycloak, seconds; 0 with offline tokens. */
  refresh_expires_in: number | null
  /** GitHub and others, seconds. */
  refresh_token_expires_in: number | null
  scope: string | null
  /** The only claims of an ID token that we use. We check neither its signature nor its times. */
  id_token: { iss: string; sub: string } | null
  /** The answer's known members without its tokens, for "Raw requests". */
  members: Record<string, unknown>
  /** What was unusual: at most 20 remarks, without tokens and secrets. */
  remarks: Remark[]
  /** The way to send the client's credentials that was accepted. */
  token_endpoint_auth_method: TokenEndpointAuthMethod
}

interface Circumstances {
  /** Our clock, milliseconds since the epoch. */
  now: number
  /** Values that a remark must not contain. */
  sent: SentValues
  method: TokenEndpointAuthMethod
}

/** The most bytes of one token: an access token with 2,000 roles has 31 kB. */
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

/** Whether a text can be a token (RFC 6749 Appendix A.17). */
export const isToken = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= TOKEN_LIMIT && TOKEN.test(value)

/** Reads the refresh token before anything else in the answer; null if there is no usable one. */
export const refreshTokenIn = (answer: ReadAnswer): string | null => usable(answer, 'refresh_token')

/**
 * Reads a success: the tokens first, then the rest. Unusual members become remarks, not errors (RFC 6749 §5.1).
 * @returns null without a token: then it is a refusal, or an answer that we can't use
 */
export function readTokenAnswer(answer: ReadAnswer, { now, sent, method }: Circumstances): TokenAnswer | null {
  const { members } = answer
  if (!isSuccess(answer) || members === null) return null
  const refresh_token = refreshTokenIn(answer)
  const access_token = usable(answer, 'access_token')
  if (refresh_token === null && access_token === null) return null

  const tokens = ['refresh_token', 'access_token', 'id_token'].flatMap((name) =>
    typeof members[name] === 'string' ? [[name, members[name]] as const] : [],
  )
  const remarks = createRemarks([...sent, ...tokens])
  remarkOnTheAnswer(answer, remarks)
  remarkOnTokens(members, { refresh_token, access_token }, remarks)
  const id_token = idToken(members.id_token, remarks)
  clockRemark(answer, now, remarks)
  return {
    refresh_token,
    access_token,
    ...tokenType(members.token_type, remarks),
    expires_in: duration(members, 'expires_in', remarks),
    refresh_expires_in: duration(members, 'refresh_expires_in', remarks),
    refresh_token_expires_in: duration(members, 'refresh_token_expires_in', remarks),
    scope: scope(members.scope, remarks),
    id_token,
    members: Object.fromEntries(
      SHOWN_MEMBERS.filter((name) => isPlain(members[name])).map((name) => [name, members[name]]),
    ),
    remarks: remarks.list,
    token_endpoint_auth_method: method,
  }
}

function usable({ members }: ReadAnswer, name: 'refresh_token' | 'access_token'): string | null {
  const value = members?.[name]
  return isToken(value) ? value : null
}

function remarkOnTheAnswer({ status, contentType, body, members }: ReadAnswer, remarks: Remarks): void {
  if (status !== 200) remarks.add('status', `The status is ${status}. RFC 6749 requires 200.`)
  if (!/^application\/([\w.+-]+\+)?json$/.test(contentType ?? '')) {
    const what = body === 'a form' ? 'a form' : 'JSON'
    const called = contentType === null ? 'no content type' : `the content type ${contentType}`
    remarks.add('content-type', `The answer is ${what} and has ${called}. RFC 6749 requires application/json.`)
  }
  const error = members?.error
  if (error !== undefined && error !== null && error !== '') {
    remarks.add('error', `error ${whatIs(error)}, although the answer has a token.`)
  }
}

function remarkOnTokens(
  members: Record<string, unknown>,
  { refresh_token, access_token }: Pick<TokenAnswer, 'refresh_token' | 'access_token'>,
  remarks: Remarks,
): void {
  if (access_token === null) {
    remarks.add('access_token', `access_token ${whyNoToken(members.access_token)}: you have no access token.`)
  }
  if (refresh_token === null && members.refresh_token !== undefined) {
    remarks.add('refresh_token', `refresh_token ${whyNoToken(members.refresh_token)}: the answer has no refresh token.`)
  }
}

/** Says why a value can't be a token, without the value. */
function whyNoToken(value: unknown): string {
  if (typeof value !== 'string' || value === '') return whatIs(value)
  if (value.length > TOKEN_LIMIT) return `has ${value.length} characters; the limit is ${TOKEN_LIMIT}`
  return "has characters that a token can't have"
}

function tokenType(value: unknown, remarks: Remarks): Pick<TokenAnswer, 'token_type' | 'dpop'> {
  const name = typeof value === 'string' ? value.toLowerCase() : null
  if (name === 'bearer') return { token_type: 'Bearer', dpop: false }
  remarks.add('token_type', `token_type ${whatIs(value)}${value === undefined ? '' : '; we expected Bearer'}.`)
  return { token_type: null, dpop: name === 'dpop' }
}

/** The most characters of a scope. */
const SCOPE_LIMIT = 4_000

function scope(value: unknown, remarks: Remarks): string | null {
  if (typeof value === 'string' && value.length > SCOPE_LIMIT) {
    remarks.add('scope', `scope has ${value.length} characters; the limit is ${SCOPE_LIMIT}.`)
    return null
  }
  if (typeof value === 'string' && (value === '' || TOKEN.test(value))) return value === '' ? null : value
  if (value !== undefined) remarks.add('scope', `scope ${whatIs(value)}; we expected text.`)
  return null
}

/** Reads a duration; one that can't be read counts as absent. */
function duration(members: Record<string, unknown>, name: string, remarks: Remarks): number | null {
  const value = members[name]
  const read = seconds(value)
  if (value !== undefined && (read === null || typeof value === 'string')) {
    remarks.add(name, `${name} ${whatIs(value)}; we expected a number of seconds.`)
  }
  return read
}

function idToken(value: unknown, remarks: Remarks): TokenAnswer['id_token'] {
  if (value === undefined) return null
  if (typeof value !== 'string' || value === '') {
    remarks.add('id_token', `id_token ${whatIs(value)}.`)
    return null
  }
  const { iss, sub } = readJwt(value)?.claims ?? {}
  if (isName(iss) && isName(sub)) return { iss, sub }
  const encrypted = value.split('.').length === 5
  remarks.add(
    'id_token',
    encrypted ? "id_token is encrypted, so we can't read the user from it." : 'id_token has no readable iss and sub.',
  )
  return null
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 2_000

const isPlain = (value: unknown) =>
  typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= 2_000)

/** A hundred years. A longer duration must be a mistake. */
const TOO_LONG = 100 * 366 * 86_400

/** Reads seconds, as a number or as digits; anything else counts as absent. */
export function seconds(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return typeof number === 'number' && number >= 0 && number <= TOO_LONG ? Math.floor(number) : null
}
