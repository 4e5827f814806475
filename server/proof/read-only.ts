import { dateClaim, readJwt } from '../provider/jwt.js'
import type { Provider } from '../provider/provider.js'
import { madeUp } from './introspection.js'

/** What can be known about a token without using it. */
export interface ReadOnly {
  result: 'active' | 'inactive' | 'unknown'
  message: string
}

/**
 * Asks about a token without using it (RFC 7662), with controls: an "active" counts only where a made-up token is not active, and an
 * "inactive" only where the provider is known to answer about refresh tokens at all, because some call every refresh token inactive.
 */
export async function askReadOnly(provider: Provider, token: string, now: number): Promise<ReadOnly> {
  const ends = dateClaim(readJwt(token), 'exp')
  if (ends !== null && ends > 0 && ends <= now) {
    return { result: 'inactive', message: `The token expired on ${new Date(ends).toISOString()}.` }
  }
  const said = await provider.introspect(token)
  if (said === null) return unknown('This provider has no introspection endpoint.')
  const control = await provider.introspect(madeUp(token))
  if (control?.active !== false) return unknown('The provider calls even a made-up token active.')
  if (said.active) return { result: 'active', message: 'The provider calls the token active, and a made-up one not.' }
  if (provider.preset().id !== 'keycloak') {
    return unknown('The provider calls the token inactive, but some providers say that about every refresh token.')
  }
  return {
    result: 'inactive',
    message: 'Keycloak calls the token inactive: it was revoked, replaced, or unused for too long.',
  }
}

const unknown = (message: string): ReadOnly => ({ result: 'unknown', message })
