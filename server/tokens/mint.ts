import type { TokenEndpointAuthMethod } from '../config/config.js'
import type { Provider } from '../provider/provider.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { Entry, Who } from './entry.js'
import { readJwt } from './jwt.js'
import { documentedEnd, introspectedEnd, refreshTokenEnd } from './lifetime.js'
import { NOBODY, whoFrom } from './who.js'

/** The token set of a sign-in's first answer. */
export async function signInEntry(
  provider: Provider,
  answer: TokenAnswer,
  method: TokenEndpointAuthMethod,
  now: number,
): Promise<Entry> {
  const [who, signature] = await Promise.all([
    findWho(provider, answer.access_token),
    provider.checkSignature(answer.access_token),
  ])
  return {
    ...newEntry('sign_in', answer.refresh_token, now),
    ...accessPart(answer, now),
    refresh_expires_in: answer.refresh_expires_in,
    refresh_token_expires_at:
      answer.refresh_token === null
        ? null
        : (refreshTokenEnd(answer.refresh_token, answer, now) ?? documentedEnd(provider.preset(), now)),
    id_token: answer.id_token,
    token_endpoint_auth_method: method,
    who,
    signature,
  }
}

/** A refresh token that the user brought: taken apart and asked about, but not used. */
export async function pastedEntry(provider: Provider, refreshToken: string, now: number): Promise<Entry> {
  const claims = readJwt(refreshToken)?.claims
  const [method, said] = await Promise.all([
    provider
      .authMethod()
      .catch((): TokenEndpointAuthMethod => (provider.config.clientSecret === null ? 'none' : 'client_secret_basic')),
    // A provider that is down, or can't be asked, is no reason to refuse the token.
    provider.introspect(refreshToken).catch(() => null),
  ])
  return {
    ...newEntry('brought', refreshToken, now),
    refresh_token_expires_at: refreshTokenEnd(refreshToken, NOTHING_SAID, now) ?? introspectedEnd(said?.exp),
    scope: text(claims?.scope) ?? text(said?.scope),
    token_endpoint_auth_method: method,
    who: whoFrom({ ...said, ...claims }),
    introspection: said && { active: said.active, client_id: text(said.client_id), scope: text(said.scope) },
  }
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value.slice(0, 2_000) : null)

const NOTHING_SAID = { refresh_expires_in: null, refresh_token_expires_in: null }

const newEntry = (origin: Entry['origin'], refreshToken: string | null, now: number): Entry => ({
  origin,
  access_token: null,
  token_type: null,
  expires_in: null,
  expires_at: null,
  refresh_token: refreshToken,
  first_refresh_token: refreshToken,
  first_replaced_at: null,
  refresh_token_changed: false,
  refresh_expires_in: null,
  refresh_token_expires_at: null,
  scope: null,
  id_token: null,
  minted_at: now,
  refreshed_at: null,
  token_endpoint_auth_method: 'none',
  who: NOBODY,
  signature: { result: 'unknown', reason: 'There is no access token yet.' },
  answer: {},
  introspection: null,
  proof: null,
  dead: null,
  downloads: [],
})

/** What an answer says of the access token, in a token set's words. */
export const accessPart = (answer: TokenAnswer, now: number) => ({
  access_token: answer.access_token,
  token_type: 'Bearer' as const,
  expires_in: answer.expires_in,
  expires_at: answer.expires_in === null ? null : now + answer.expires_in * 1000,
  scope: answer.scope,
  answer: answer.members,
})

/** From the access token's claims, else from UserInfo: the original demo showed the first. */
async function findWho(provider: Provider, accessToken: string): Promise<Who> {
  const claims = readJwt(accessToken)?.claims
  const who = claims ? whoFrom(claims) : NOBODY
  if (who.username !== null || who.email !== null) return who
  const userInfo = await provider.userInfo(accessToken)
  return userInfo ? { ...whoFrom(userInfo), realm_roles: who.realm_roles, client_roles: who.client_roles } : who
}
