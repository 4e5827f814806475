import type { Finding } from '../../findings/finding.js'
import { readJwt } from '../../provider/jwt.js'
import type { Seen } from '../seen.js'

/** Is it an offline token? Keycloak says so in the claim `typ`; other providers do not say. */
export function offlineToken({ entry }: Seen): Finding {
  const typ = readJwt(entry.refresh_token)?.claims.typ
  if (typ === 'Offline') return { result: 'pass', message: 'Its claim typ says Offline.', hint: null }
  if (typeof typ === 'string') {
    return {
      result: 'warn',
      message: `Its claim typ says ${typ.slice(0, 40)}, not Offline: it ends with the session at the provider.`,
      hint: 'Ask for the scope offline_access (OAUTH2_SCOPE), and sign in again.',
    }
  }
  return { result: 'unknown', message: 'The token does not say what it is; only the provider can read it.', hint: null }
}
