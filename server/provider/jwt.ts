import { boundedJson } from './bounded-json.js'

/** A decoded JWT; nothing is checked. */
export interface Jwt {
  header: Record<string, unknown>
  claims: Record<string, unknown>
}

/** The most characters of one part of a JWT. */
const PART_AT_MOST = 128 * 1024

/** Decodes a JWT (RFC 7519) without its key; null for an opaque token. Leaves out values that are nested too deeply. */
export function readJwt(token: string | null): Jwt | null {
  const parts = token?.split('.') ?? []
  if (parts.length !== 3) return null
  const [header, claims] = parts.slice(0, 2).map(readPart)
  return header && claims ? { header, claims } : null
}

function readPart(part: string): Record<string, unknown> | null {
  if (part.length > PART_AT_MOST) return null
  try {
    const value = boundedJson(JSON.parse(Buffer.from(part, 'base64url').toString('utf8')))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

/** Reads a NumericDate claim (RFC 7519 §2) in milliseconds since the epoch; null if it is not one. */
export const dateClaim = (jwt: Jwt | null, name: 'exp' | 'iat' | 'nbf'): number | null => numericDate(jwt?.claims[name])

/** Reads the same from any JSON value, such as `exp` of an introspection (RFC 7662 §2.2). */
export const numericDate = (value: unknown): number | null =>
  typeof value === 'number' && Math.abs(value) < 1e11 ? value * 1000 : null
