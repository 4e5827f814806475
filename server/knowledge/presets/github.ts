import { hasPaths, type Preset } from './preset.js'

export const github: Preset = {
  id: 'github',
  name: 'GitHub',
  recognises: (about) => hasPaths(about, /\/login\/oauth\/authorize$/, /\/login\/oauth\/access_token$/),
  scope: '',
  authorizationParams: [],
  asksFor:
    'A GitHub App with expiring user tokens gives a refresh token at every sign-in, without any scope. An OAuth App never gives one.',
  requirements: [
    'It is a GitHub App, not an OAuth App.',
    'In the app\'s Optional features, "User-to-server token expiration" is on.',
    'GitHub has no discovery: set OAUTH2_AUTHORIZATION_ENDPOINT=https://github.com/login/oauth/authorize and OAUTH2_TOKEN_ENDPOINT=https://github.com/login/oauth/access_token.',
  ],
  noRefreshToken:
    'Use a GitHub App, not an OAuth App, and opt in to "User-to-server token expiration" in the app\'s Optional features.',
  authMethod: 'client_secret_post',
  rotates: 'always',
  reuse: 'Each refresh ends the refresh token that it used and the old access token.',
  lifetime:
    'A refresh token expires 6 months after it was issued. Each refresh brings a new one. Access tokens last 8 hours.',
  sources: [
    'https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens',
  ],
}
