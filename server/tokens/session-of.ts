import { readJwt } from '../provider/jwt.js'
import { text } from '../provider/text.js'
import type { Entry } from './entry.js'

/** Reads the provider's session from the tokens: the claim `sid`, or `session_state` of old Keycloaks. */
export function sessionOf({ refresh_token, access_token }: Entry): string | null {
  for (const token of [refresh_token, access_token]) {
    const claims = readJwt(token)?.claims
    const session = text(claims?.sid, 200) ?? text(claims?.session_state, 200)
    if (session !== null) return session
  }
  return null
}
