import { AppError } from '../errors.js'
import { isIssuer } from '../provider/issuer.js'
import { readJwt } from '../provider/jwt.js'
import { cut } from '../provider/text.js'
import { isToken } from '../provider/token-answer.js'

/**
 * Finds the token in what people copy with it: line breaks with the blanks around them, quotes, and the name before it
 * in a line of a config.
 */
export function withoutWrapping(text: string): string {
  // trim() takes a byte order mark, too. One regular expression for all of it would take minutes for a long run of blanks.
  const line = text
    .split(/[\r\n]/)
    .map((piece) => piece.trim())
    .join('')
  return unquoted(
    unquoted(line)
      .replace(/^export\s+/, '')
      .replace(NAME, ''),
  )
}

const unquoted = (text: string) => text.replace(/^(["'])((?:(?!\1).)*)\1,?$/, '$2').trim()

/** What stands before the token in a line of our configs: `NAME=`, `"name": `, `#define NAME `, `name,data,string,`. */
const NAME = /^(?:#define\s+)?["']?(?=\w*refresh_token)\w+["']?(?:\s*[=:]\s*|\s+(?=")|,data,string,)/i

/** Whether the text names a token: then it is a config, a token answer or a request, and not the token alone. */
export const namesToken = (text: string) => /(access|refresh)_token/i.test(text)

/**
 * Finds the refresh token in the pasted text.
 * @throws AppError `invalid_field` if it can't be a token, `not_a_refresh_token` if it is another kind of token
 */
export function pastedToken(text: unknown): string {
  const token = typeof text === 'string' ? withoutWrapping(text) : ''
  if (!isToken(token)) throw noToken("refresh_token is empty, too long, or has characters that a token can't have.")
  if (namesToken(token)) throw noToken('refresh_token has more in it than a token. Nothing was sent.')
  const kind = otherKind(token)
  if (kind === null) return token
  throw new AppError('not_a_refresh_token', `That is ${kind}, not a refresh token. We sent nothing.`, {
    hint: 'Paste the refresh token: the other long value of the same token answer.',
  })
}

const noToken = (detail: string) =>
  new AppError('invalid_field', detail, {
    hint: 'Paste the refresh token, or the line of a config that contains it.',
    extra: { field: 'refresh_token' },
  })

/** Names the kind of a JWT that is not a refresh token (RFC 9068, Keycloak, Cognito); null if it may be one. */
export function otherKind(token: string): 'an access token' | 'an ID token' | null {
  const jwt = readJwt(token)
  if (jwt === null) return null
  const { typ, token_use } = jwt.claims
  if (/^(application\/)?at\+jwt$/i.test(String(jwt.header.typ)) || typ === 'Bearer' || token_use === 'access')
    return 'an access token'
  return typ === 'ID' || token_use === 'id' ? 'an ID token' : null
}

interface Ours {
  issuer: string | null
  clientId: string
  /** The discovered metadata; null without discovery. */
  discovered: Record<string, unknown> | null
}

/** Says in one sentence which other realm or client the token belongs to, by its own claims; null if it may be ours. */
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

/** Reads the subject of a token; null if it is unreadable or has none. */
export function subjectOf(token: string): string | null {
  const sub = readJwt(token)?.claims.sub
  return typeof sub === 'string' && sub !== '' ? sub : null
}
