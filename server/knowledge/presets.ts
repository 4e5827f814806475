import type { OAuth2Config } from '../config/config.js'
import { auth0 } from './presets/auth0.js'
import { authentik } from './presets/authentik.js'
import { cognito } from './presets/cognito.js'
import { dex } from './presets/dex.js'
import { dropbox } from './presets/dropbox.js'
import { entra } from './presets/entra.js'
import { fitbit } from './presets/fitbit.js'
import { fusionauth } from './presets/fusionauth.js'
import { generic } from './presets/generic.js'
import { github } from './presets/github.js'
import { gitlab } from './presets/gitlab.js'
import { google } from './presets/google.js'
import { hydra } from './presets/hydra.js'
import { keycloak } from './presets/keycloak.js'
import { netatmo } from './presets/netatmo.js'
import { okta } from './presets/okta.js'
import type { AboutProvider, Preset } from './presets/preset.js'
import { spotify } from './presets/spotify.js'
import { strava } from './presets/strava.js'
import { zitadel } from './presets/zitadel.js'
import { zoho } from './presets/zoho.js'

/** The providers we know something about. The first that recognises a provider wins; the last recognises all. */
export const PRESETS: readonly Preset[] = [
  keycloak,
  google,
  entra,
  auth0,
  okta,
  github,
  gitlab,
  spotify,
  strava,
  fitbit,
  dropbox,
  netatmo,
  zoho,
  authentik,
  zitadel,
  fusionauth,
  cognito,
  dex,
  hydra,
  generic,
]

/** Finds the preset of a provider by its addresses and its metadata; `generic` for an unknown one. */
export function presetFor(about: AboutProvider): Preset {
  const preset = PRESETS.find((known) => known.recognises(about)) ?? generic
  const different = preset.variant?.(about)
  return different ? { ...preset, ...different } : preset
}

/**
 * What the authorization request asks for: `OAUTH2_SCOPE` and `OAUTH2_AUTHORIZATION_PARAMS` as they are set, the provider's own
 * way where they are not. A scope of '' means that none is sent.
 */
export function asked(
  preset: Preset,
  configured: Pick<OAuth2Config, 'scope' | 'authorizationParams'>,
): { scope: string; authorizationParams: [string, string][] } {
  const set = new Set(configured.authorizationParams.map(([name]) => name))
  return {
    scope: configured.scope ?? preset.scope,
    authorizationParams: [
      ...preset.authorizationParams.filter(([name]) => !set.has(name)),
      ...configured.authorizationParams,
    ],
  }
}

/** Why this provider will not take the callback URL of this `BASE_URL`; null when it will, as far as we know. */
export function loopbackWarning(preset: Preset, baseUrl: string): string | null {
  return preset.loopback && new URL(baseUrl).hostname === preset.loopback.refuses ? preset.loopback.note : null
}

/**
 * What this request lacks at a provider that gives a refresh token only for it: a scope, or a parameter. null where nothing is
 * missing, or where nothing is known.
 */
export function missingForRefreshToken(
  preset: Preset,
  { scope, authorizationParams }: { scope: string; authorizationParams: [string, string][] },
): { setting: string; value: string } | null {
  const scopes = scope.split(' ').filter((one) => one !== '')
  if (
    preset.scope.includes('offline_access') &&
    preset.id !== 'generic' &&
    !scopes.some((one) => OFFLINE.includes(one))
  ) {
    return { setting: 'OAUTH2_SCOPE', value: [...scopes, 'offline_access'].join(' ') }
  }
  const sent = new Map(authorizationParams)
  const needed = preset.authorizationParams.find(([name]) => NEEDED.includes(name))
  if (needed === undefined || sent.get(needed[0]) === needed[1]) return null
  const value = new URLSearchParams([...authorizationParams.filter(([name]) => name !== needed[0]), needed]).toString()
  return { setting: 'OAUTH2_AUTHORIZATION_PARAMS', value }
}

/** Ory Hydra also knows `offline`. */
const OFFLINE = ['offline_access', 'offline']
const NEEDED = ['access_type', 'token_access_type']
