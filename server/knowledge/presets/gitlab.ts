import { atHost, metadataLists, type Preset } from './preset.js'

export const gitlab: Preset = {
  id: 'gitlab',
  name: 'GitLab',
  recognises: (about) =>
    atHost(about, /^gitlab\.com$/) ||
    metadataLists(about, 'claims_supported', 'https://gitlab.org/claims/groups/owner') ||
    (metadataLists(about, 'scopes_supported', 'read_user') &&
      metadataLists(about, 'scopes_supported', 'read_repository')),
  scope: 'openid',
  authorizationParams: [],
  asksFor:
    'GitLab gives a refresh token at every sign-in and needs no scope for it. Set OAUTH2_SCOPE to scopes that are ticked in the application.',
  requirements: ['Every scope in OAUTH2_SCOPE is ticked in the application.'],
  noRefreshToken: "GitLab should have given one: check that the token endpoint is GitLab's own /oauth/token.",
  rotates: 'always',
  reuse: 'Every refresh invalidates the refresh token that was used, and its access token.',
  lifetime: 'Access tokens last 2 hours; as far as we know a refresh token does not expire.',
  sources: ['https://docs.gitlab.com/api/oauth2/'],
}
