import { AppError } from '../errors.js'
import { isIssuer } from '../provider/issuer.js'
import { readJwt } from '../provider/jwt.js'
import { isToken } from '../provider/token-answer.js'

/** Takes off what comes along when a token is copied: quotes, `export NAME=`, and line breaks with the blanks around them. */
export function withoutWrapping(text: string): string {
  const line = text
    .replace(/^\ufeff/, '')
    .replace(/[ \t]*[\r\n]+[ \t]*/g, '')
    .trim()
  const value = unquoted(line).replace(/^(?:export\s+)?\w*refresh_token\w*\s*=\s*/i, '')
  return unquoted(value.trim())
}

const unquoted = (text: string) => text.replace(/^(["'])(.*)\1$/, '$2').trim()

/**
 * The refresh token in what was pasted.
 * @throws AppError `invalid_field` where it can be no token, `not_a_refresh_token` where it says that it is another kind
 */
export function pastedToken(text: unknown): string {
  const token = typeof text === 'string' ? withoutWrapping(text) : ''
  if (!isToken(token)) throw noToken()
  const kind = otherKind(token)
  if (kind === null) return token
  throw new AppError('not_a_refresh_token', `That is ${kind}, not a refresh token. Nothing was sent.`, {
    hint: 'Paste the refresh token: the other long value of the same token answer.',
  })
}

const noToken = () =>
  new AppError('invalid_field', 'refresh_token is empty, too long, or holds what no token can hold.', {
    hint: 'Paste the refresh token, or the line of a config that holds it.',
    extra: { field: 'refresh_token' },
  })

/** What a JWT says that it is, where that is no refresh token (RFC 9068, Keycloak, Cognito); null where it may be one. */
export function otherKind(token: string): 'an access token' | 'an ID token' | null {
  const jwt = readJwt(token)
  if (jwt === null) return null
  const { typ, token_use } = jwt.claims
  if (/^at\+jwt$/i.test(String(jwt.header.typ)) || typ === 'Bearer' || token_use === 'access') return 'an access token'
  return typ === 'ID' || token_use === 'id' ? 'an ID token' : null
}

interface Ours {
  issuer: string | null
  clientId: string
  /** The discovered metadata; null where there is none. */
  discovered: Record<string, unknown> | null
}

/** Whose a token says it is, where that is another realm or client than ours: one sentence. null where it may be ours. */
export function otherClient(token: string, { issuer, clientId, discovered }: Ours): string | null {
  const claims = readJwt(token)?.claims
  if (claims === undefined) return null
  const { iss, azp } = claims
  if (issuer !== null && typeof iss === 'string' && !isIssuer(iss, issuer, discovered)) {
    return `The token says it is from ${cut(iss)}, and this site uses ${issuer}.`
  }
  if (typeof azp === 'string' && azp !== clientId) {
    return `The token says it belongs to the client ${cut(azp)}, and this site uses the client ${clientId}.`
  }
  return null
}

const cut = (text: string) => text.slice(0, 200)

/** The subject that a readable token names; null where it names none. */
export function subjectOf(token: string): string | null {
  const sub = readJwt(token)?.claims.sub
  return typeof sub === 'string' && sub !== '' ? sub : null
}
