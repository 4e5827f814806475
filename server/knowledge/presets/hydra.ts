import { atHost, hasPaths, type Preset } from './preset.js'

export const hydra: Preset = {
  id: 'hydra',
  name: 'Ory Hydra',
  recognises: (about) =>
    atHost(about, /\.oryapis\.com$/) ||
    about.metadata?.credentials_endpoint_draft_00 !== undefined ||
    hasPaths(about, /\/oauth2\/auth$/, /\/oauth2\/token$/),
  scope: 'offline_access',
  authorizationParams: [],
  asksFor: 'Ory Hydra gives a refresh token for the scope offline_access (or offline).',
  requirements: [
    "The client's grant_types include refresh_token, and its scope includes offline_access.",
    'The consent app grants offline_access.',
  ],
  noRefreshToken:
    "Add refresh_token to the client's grant_types and offline_access to its scope, and let the consent app grant it.",
  rotates: 'always',
  grace: true,
  reuse:
    'Every refresh brings a new token. Using an old one after the grace period (none by default) ends all tokens of that sign-in.',
  lifetime:
    "Hydra's setting ttl.refresh_token limits it: by default 30 days from each refresh, as far as we know; your provider may differ.",
  sources: [
    'https://www.ory.sh/docs/oauth2-oidc/refresh-token-grant',
    'https://www.ory.sh/docs/hydra/guides/graceful-token-refresh',
  ],
}
