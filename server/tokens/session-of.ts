import { readJwt } from '../provider/jwt.js'
import type { Entry } from './entry.js'

/** Reads the provider's session from the tokens: the claim `sid`, or `session_state` of old Keycloaks. */
export function sessionOf({ refresh_token, access_token }: Entry): string | null {
  for (const token of [refresh_token, access_token]) {
    const claims = readJwt(token)?.claims
    for (const said of [claims?.sid, claims?.session_state])
      if (typeof said === 'string' && said !== '') return said.slice(0, 200)
  }
  return null
}
