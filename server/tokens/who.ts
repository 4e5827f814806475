import { text } from '../provider/text.js'
import type { Who } from './entry.js'

type Claims = Record<string, unknown>

/** The most characters of roles on a page: enough for more than 500 usual names. The last one says that there are more. */
const ROLES_AT_MOST = 24_000
const AROUND_A_NAME = 30
const MORE = '…'

export const NOBODY: Who = { username: null, subject: null, email: null, realm_roles: [], client_roles: {} }

/** Reads who signed in from the claims of an access token (Keycloak's names) or of UserInfo (OpenID Connect Core §5.1). */
export function whoFrom(claims: Claims): Who {
  const space = { left: ROLES_AT_MOST }
  return {
    username: name(claims.preferred_username) ?? name(claims.username) ?? name(claims.name),
    subject: name(claims.sub),
    email: name(claims.email),
    realm_roles: roles(claims.realm_access, space),
    client_roles: clientRoles(object(claims.resource_access), space),
  }
}

const name = (value: unknown) => text(value, 500)

const object = (value: unknown): Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : {}

function clientRoles(clients: Claims, space: { left: number }): Record<string, string[]> {
  const kept: [string, string[]][] = []
  for (const [client, access] of Object.entries(clients)) {
    if (space.left <= 0) break
    space.left -= client.length + AROUND_A_NAME
    const names = roles(access, space)
    if (names.length > 0) kept.push([client.slice(0, 200), names])
  }
  return Object.fromEntries(kept)
}

function roles(access: unknown, space: { left: number }): string[] {
  const list = object(access).roles
  const names: string[] = []
  for (const role of Array.isArray(list) ? list : []) {
    if (typeof role !== 'string') continue
    if (space.left <= 0) return [...names, MORE]
    space.left -= role.length + AROUND_A_NAME
    names.push(role.slice(0, 200))
  }
  return names
}
