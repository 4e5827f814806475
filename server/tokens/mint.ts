import { setTimeout as pause } from 'node:timers/promises'
import type { Preset } from '../knowledge/presets/preset.js'
import { readJwt } from '../provider/jwt.js'
import type { SignatureCheck } from '../provider/key-set.js'
import type { Provider } from '../provider/provider.js'
import { text } from '../provider/text.js'
import type { TokenAnswer } from '../provider/token-answer.js'
import type { Entry, Who } from './entry.js'
import { documentedEnd, type End, endFields, introspectedEnd, refreshTokenEnd } from './lifetime.js'
import { otherClient } from './pasted.js'
import { NOBODY, whoFrom } from './who.js'

/** Makes an entry from a sign-in's answer, without another request. */
export function signInEntry(answer: TokenAnswer, preset: Preset, now: number): Entry {
  return {
    ...newEntry('sign_in', answer.refresh_token, now),
    ...accessPart(answer, now),
    refresh_expires_in: answer.refresh_expires_in,
    ...endFields(
      answer.refresh_token === null
        ? null
        : (refreshTokenEnd(answer.refresh_token, answer, now) ?? documentedEnd(preset, now, now)),
    ),
    id_token: answer.id_token,
    token_endpoint_auth_method: answer.token_endpoint_auth_method,
  }
}

/**
 * Makes an entry from a pasted refresh token: decodes it and introspects it, but does not use it. If the token says that it belongs to
 * another realm or client, we send nothing.
 */
export async function pastedEntry(provider: Provider, refreshToken: string, now: number): Promise<Entry> {
  const claims = readJwt(refreshToken)?.claims
  const { issuer, clientId } = provider.config
  const discovered = provider.metadata.current?.discovered ?? null
  const other = otherClient(refreshToken, { issuer, clientId, discovered })
  // We keep the token even if the provider is down or has no introspection.
  const said = other ? null : await provider.introspect(refreshToken).catch(() => null)
  return {
    ...newEntry('brought', refreshToken, now),
    ...endFields(refreshTokenEnd(refreshToken, NOTHING_SAID, now) ?? introspected(said?.exp)),
    scope: text(claims?.scope, 2_000) ?? text(said?.scope, 2_000),
    token_endpoint_auth_method: provider.knownAuthMethod(),
    who: whoFrom({ ...said, ...claims }),
    who_claimed: true,
    ...(other && { other_client: other }),
    introspection: said && {
      active: said.active,
      client_id: text(said.client_id, 2_000),
      scope: text(said.scope, 2_000),
    },
  }
}

const introspected = (exp: unknown): End | null => {
  const at = introspectedEnd(exp)
  return at === null ? null : { at, source: 'introspection' }
}

const NOTHING_SAID = { refresh_expires_in: null, refresh_token_expires_in: null }

const newEntry = (origin: Entry['origin'], refreshToken: string | null, now: number): Entry => ({
  origin,
  access_token: null,
  token_type: null,
  dpop: false,
  expires_in: null,
  expires_at: null,
  refresh_token: refreshToken,
  first_refresh_token: refreshToken,
  first_replaced_at: null,
  refresh_token_changed: false,
  refresh_expires_in: null,
  ...endFields(null),
  scope: null,
  id_token: null,
  other_subject: false,
  remarks: [],
  minted_at: now,
  came_again_at: null,
  refreshed_at: null,
  token_endpoint_auth_method: 'none',
  who: NOBODY,
  signature: { result: 'unknown', reason: 'The token has no access token yet.' },
  answer: {},
  introspection: null,
  proof: null,
  dead: null,
  refused: null,
  downloads: [],
})

/** Reads what an answer says about the access token. */
export const accessPart = (answer: TokenAnswer, now: number) => ({
  access_token: answer.access_token,
  token_type: answer.token_type,
  dpop: answer.dpop,
  expires_in: answer.expires_in,
  expires_at: answer.expires_in === null ? null : now + answer.expires_in * 1000,
  scope: answer.scope,
  answer: answer.members,
  remarks: answer.remarks,
})

/** Checks the access token's signature. The refresh token next to it is kept in any case. */
export async function signatureOf(
  provider: Provider,
  accessToken: string | null,
  timeout = 5_000,
): Promise<SignatureCheck> {
  if (accessToken === null) return { result: 'unknown', reason: 'The answer has no access token.' }
  const enough = new AbortController()
  const late = pause(timeout, NO_KEYS, { signal: enough.signal }).catch(() => NO_KEYS)
  try {
    return await Promise.race([provider.checkSignature(accessToken).catch(() => NO_KEYS), late])
  } finally {
    enough.abort()
  }
}

const NO_KEYS: SignatureCheck = { result: 'unknown', reason: "We could not fetch the provider's keys." }

/** Finds who signed in: from the access token's claims, else from UserInfo, else from the ID token's `sub`. */
export async function findWho(provider: Provider, { access_token, id_token }: TokenAnswer): Promise<Who> {
  const claims = readJwt(access_token)?.claims
  const told = claims ? whoFrom(claims) : NOBODY
  const who = { ...told, subject: told.subject ?? id_token?.sub.slice(0, 500) ?? null }
  if (access_token === null || who.username !== null || who.email !== null) return who
  const userInfo = await provider.userInfo(access_token).catch(() => null)
  return userInfo ? { ...whoFrom(userInfo), realm_roles: who.realm_roles, client_roles: who.client_roles } : who
}
