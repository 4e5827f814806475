import type { Who } from './entry.js'

type Claims = Record<string, unknown>

export const NOBODY: Who = { username: null, subject: null, email: null, realm_roles: [], client_roles: {} }

/** Who somebody is by the claims of an access token (Keycloak's names) or of UserInfo (OpenID Connect Core §5.1). */
export function whoFrom(claims: Claims): Who {
  return {
    username: text(claims.preferred_username) ?? text(claims.username) ?? text(claims.name),
    subject: text(claims.sub),
    email: text(claims.email),
    realm_roles: roles(claims.realm_access),
    client_roles: Object.fromEntries(
      Object.entries(object(claims.resource_access))
        .map(([client, access]) => [client, roles(access)] as const)
        .filter(([, names]) => names.length > 0),
    ),
  }
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value.slice(0, 500) : null)

const object = (value: unknown): Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : {}

const roles = (access: unknown): string[] => {
  const list = object(access).roles
  return Array.isArray(list) ? list.filter((role) => typeof role === 'string') : []
}
