import type { Preset } from '../knowledge/presets/preset.js'
import { readJwt } from '../provider/jwt.js'
import type { Entry } from './entry.js'
import { verdictOf } from './token-answer-json.js'

/** `keep`: the device may keep the token it has; `store`: it must store the one that comes back. */
export type RefreshTokenUsage = 'keep' | 'store'

/**
 * What the device must do with a token that comes back. `keep` only where the provider is Keycloak, the token is an offline token
 * without an end and introspection calls the first one active; or where the provider documents that tokens are neither replaced
 * nor end, and none was replaced. Storing is never wrong.
 */
export function refreshTokenUsage(entry: Entry, preset: Pick<Preset, 'id' | 'keepable'>): RefreshTokenUsage {
  if (verdictOf(entry) !== 'reusable' || entry.refresh_token_expires_at !== null || entry.proof?.end) return 'store'
  return lastsAtKeycloak(entry, preset) || (preset.keepable && entry.first_replaced_at === null) ? 'keep' : 'store'
}

const lastsAtKeycloak = ({ proof, first_refresh_token, refresh_token }: Entry, { id }: Pick<Preset, 'id'>): boolean =>
  id === 'keycloak' && proof?.first_active === true && [first_refresh_token, refresh_token].every(isOfflineWithoutEnd)

/** Old Keycloaks wrote an `exp` of 0 into offline tokens. */
function isOfflineWithoutEnd(token: string | null): boolean {
  const claims = readJwt(token)?.claims
  return claims?.typ === 'Offline' && (claims.exp === undefined || claims.exp === 0)
}
