import { type Finding, pass, unknown, warn } from '../../findings/finding.js'
import type { Shown } from '../shown.js'

/** Is it an offline token? Keycloak says so in the claim `typ`; other providers do not say. */
export function offlineToken({ claims, preset }: Pick<Shown, 'claims' | 'preset'>): Finding {
  const typ = claims?.typ
  if (typ === 'Offline') return pass('Its claim typ says Offline.')
  if (preset.id !== 'keycloak' || typeof typ !== 'string') {
    return unknown('The token does not say whether it is an offline token.')
  }
  return warn(
    `Its claim typ says ${typ.slice(0, 40)}, not Offline: it ends with the session at the provider.`,
    'Add offline_access to OAUTH2_SCOPE in .env, restart, and sign in again.',
  )
}
