import type { Entry } from './entry.js'

/** Whether the refresh token of `again` is already in the entry, as its first or as its current one. */
export const sameToken = (entry: Entry, { refresh_token }: Entry): boolean =>
  refresh_token !== null && [entry.refresh_token, entry.first_refresh_token].includes(refresh_token)

/** Updates the entry when its token comes a second time. What a sign-in says is newer than what we knew. */
export function cameAgain(entry: Entry, again: Entry, now: number): Entry {
  if (again.origin === 'brought') return { ...entry, came_again_at: now }
  const { access_token, token_type, dpop, expires_in, expires_at, scope, answer, remarks, who, signature } = again
  const news = { access_token, token_type, dpop, expires_in, expires_at, answer, remarks, who, signature }
  return {
    ...entry,
    ...news,
    origin: 'sign_in',
    scope: scope ?? entry.scope,
    id_token: again.id_token ?? entry.id_token,
    came_again_at: now,
    // The provider has just issued this token.
    dead: null,
    refused: null,
  }
}
