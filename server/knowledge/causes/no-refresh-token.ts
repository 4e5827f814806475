import { PRESETS } from '../presets.js'
import type { Cause } from './cause.js'

/** The sign-in worked and brought no refresh token: each provider's usual reason is in its preset. */
export const noRefreshTokenCauses: Cause[] = PRESETS.map((preset) => ({
  id: `${preset.id}_no_refresh_token`,
  where: ['answer'],
  error: 'no_refresh_token',
  description: null,
  provider: preset.id === 'generic' ? null : preset.id,
  means: 'The sign-in worked, and the provider gave no refresh token.',
  hint: preset.noRefreshToken,
}))
