import type { TokenEndpointAuthMethod } from '../../config/config.js'
import { parseUrl } from '../../config/urls.js'

/** What a provider can be recognised by, before anybody signs in. */
export interface AboutProvider {
  issuer: string | null
  authorization_endpoint: string | null
  token_endpoint: string | null
  /** The discovered document (RFC 8414, OpenID Connect Discovery); null when there is none. */
  metadata: Record<string, unknown> | null
  /** The client has no secret. */
  publicClient?: boolean
}

/**
 * What is known about one provider. Sentences are shown to users as they stand; where a fact was neither measured nor found in
 * the provider's own documents, they say "as far as we know".
 */
export interface Preset {
  id: string
  name: string
  recognises(about: AboutProvider): boolean
  /** Asked for when `OAUTH2_SCOPE` is unset; '' sends no `scope` at all. */
  scope: string
  /** Added to the authorization request, unless `OAUTH2_AUTHORIZATION_PARAMS` sets the same name. */
  authorizationParams: [string, string][]
  /** How it wants to be asked for a long-lived token: one sentence, shown before the sign-in. */
  asksFor: string
  /** What must be switched on at the provider first. */
  requirements: string[]
  /** What to turn when the sign-in worked and no refresh token came back. */
  noRefreshToken: string
  /** Its `prompt` for "Sign in as someone else"; without it, `login`. */
  switchUser?: string
  /** How it wants the client's credentials, used where its metadata names no way. */
  authMethod?: TokenEndpointAuthMethod
  /** A loopback name that it refuses in callback URLs over http. */
  loopback?: { refuses: 'localhost' | '127.0.0.1'; note: string }
  /** What a refresh does to the token that it used. */
  rotates: Rotation
  /** What the provider documents about using a token again. */
  reuse: string
  /** How long a refresh token lives: idle limit and end. A default that a customer can change says "by default". */
  lifetime: string
  /** An end that the provider documents for everyone and that no answer says: days, and what they are counted from. */
  end?: { days: number; from: 'sign_in' | 'issue' }
  /** The documented idle limit in days: unused for longer, the token dies. */
  idle?: { days: number; by: 'default' | 'everyone' }
  /** Documented: tokens are neither replaced nor end, so a device may keep the one it has. */
  keepable?: true
  /** A replaced token is still taken for a while, always or where the operator says so: that it is active proves nothing then. */
  grace?: true
  /** Few tokens for each user: what another sign-in does to those that are there. */
  fewTokens?: string
  /** Revoking one token may end every token of the same user and client. */
  revokesAllOfUser?: true
  /** What else ends when one token is revoked. */
  revokesMore?: string
  /** Where these facts were found: the provider's own pages, or a measurement. */
  sources: string[]
  /** What is different for some of its clients or addresses. */
  variant?(about: AboutProvider): Partial<Preset> | null
}

/**
 * `never`: no other token comes. `renews`: another comes and the one used stays valid. `if_replaced`: where another comes, the one
 * used ends. `always`: another comes each time and the one used ends. `setting`: only the operator's settings say. `unknown`: no
 * document that we know of says.
 */
export type Rotation = 'never' | 'renews' | 'if_replaced' | 'always' | 'setting' | 'unknown'

/** Whether the provider documents what a refresh does to the token: then no risky test is needed to find out. */
export const isDocumented = ({ rotates }: Pick<Preset, 'rotates'>): boolean =>
  rotates !== 'setting' && rotates !== 'unknown'

const parse = (url: string | null): URL | null => (url === null ? null : parseUrl(url))

/** Whether the issuer or an endpoint is at a host that matches. */
export function atHost(about: AboutProvider, host: RegExp): boolean {
  return [about.issuer, about.authorization_endpoint, about.token_endpoint].some((url) =>
    host.test(parse(url)?.hostname ?? ''),
  )
}

/** Whether the paths of the authorization endpoint and the token endpoint both match: the mark of a self-hosted product. */
export function hasPaths(about: AboutProvider, authorization: RegExp, token: RegExp): boolean {
  return (
    authorization.test(parse(about.authorization_endpoint)?.pathname ?? '') &&
    token.test(parse(about.token_endpoint)?.pathname ?? '')
  )
}

/** Whether a member of the metadata is a URL whose path matches. */
export function metadataPath(about: AboutProvider, member: string, path: RegExp): boolean {
  const value = about.metadata?.[member]
  return typeof value === 'string' && path.test(parse(value)?.pathname ?? '')
}

/** Whether a list of the metadata holds a value. */
export function metadataLists(about: AboutProvider, member: string, value: string): boolean {
  const list = about.metadata?.[member]
  return Array.isArray(list) && list.includes(value)
}
