import { Invalid, shown } from './problem.js'

/** Parameters that the app sets itself in the authorization URL, or that must never be in it. */
const OURS: Record<string, string> = {
  response_type: 'the app sets it itself (code)',
  response_mode: 'the answer must come back as a query',
  client_id: 'that is OAUTH2_CLIENT_ID',
  client_secret: 'a URL must not contain a secret',
  redirect_uri: 'it follows from BASE_URL',
  scope: 'that is OAUTH2_SCOPE',
  state: 'the app makes a new one for each sign-in',
  code_challenge: 'the app makes a new one for each sign-in',
  code_challenge_method: 'the app sets it itself (S256)',
}

/** Reads extra query parameters of the authorization URL, in order. Only `resource` can appear twice (RFC 8707 §2). */
export function authorizationParams(value: string): [string, string][] {
  const query = value.replace(/^\?/, '')
  const bare = query.split('&').find((part) => !part.includes('='))
  if (bare !== undefined || /%(?![\da-f]{2})/i.test(query)) {
    throw new Invalid(
      `is not a query string: ${shown(value)}`,
      'Write NAME=VALUE, with & between them and %25 for a %, e.g. access_type=offline&prompt=consent',
    )
  }
  const params = [...new URLSearchParams(query)]
  const names = params.map(([name]) => name)
  const ours = names.find((name) => Object.hasOwn(OURS, name))
  if (ours) throw new Invalid(`holds ${ours}: ${OURS[ours]}`, `Leave ${ours} out.`)
  const twice = names.find((name, index) => names.indexOf(name) < index && name !== 'resource')
  if (twice !== undefined) throw new Invalid(`holds ${shown(twice)} twice`, 'Leave one of them out (RFC 6749 §3.1).')
  return params
}
