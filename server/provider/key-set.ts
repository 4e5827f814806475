import {
  type CryptoKey,
  compactVerify,
  createLocalJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type ProtectedHeaderParameters,
} from 'jose'
import type { AppError } from '../errors.js'
import type { ProviderFetch } from './http.js'

/** The result of checking a token's signature with the provider's keys. */
export interface SignatureCheck {
  result: 'valid' | 'invalid' | 'unknown'
  /** Why it is invalid or unknown; null if it is valid. */
  reason: string | null
}

const TIMEOUT = 5_000
const LIMIT = 256 * 1024
/** Before we call a signature invalid, we fetch the keys again, but not more often than this (milliseconds). */
const COOLDOWN = 30_000
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

type Keys = ReturnType<typeof createLocalJWKSet>

/** We could not get the keys. The message continues after "We can't read the provider's keys: ". */
class NoKeys extends Error {}

/** Fetches the provider's public keys (RFC 7517) once, and again if a signature does not match. */
export function createKeySet(fetch: ProviderFetch) {
  let known: { uri: string; keys: Keys } | null = null
  let fetchedAgain = Number.NEGATIVE_INFINITY
  let loading: { uri: string; keys: Promise<Keys> } | null = null

  const load = (uri: string): Promise<Keys> => {
    if (loading?.uri === uri) return loading.keys
    const begun = { uri, keys: readKeys(fetch, uri) }
    loading = begun
    begun.keys
      .then((keys) => {
        known = { uri, keys }
      })
      .catch(() => {})
      .finally(() => {
        if (loading === begun) loading = null
      })
    return begun.keys
  }

  const verified = async (token: string, uri: string): Promise<SignatureCheck> => {
    const old = known?.uri === uri ? known.keys : null
    const found = await verify(token, old ?? (await load(uri)))
    const changed = old !== null && CHANGED.includes(found.code) && performance.now() - fetchedAgain > COOLDOWN
    if (!changed) return found.check
    fetchedAgain = performance.now()
    return (await verify(token, await load(uri))).check
  }

  return {
    /** Never rejects: if we can't check the signature, the result is `unknown`, with the reason. */
    async check(token: string, uri: string | null): Promise<SignatureCheck> {
      const header = headerOf(token)
      if (header === null) return unknown('It is opaque: only the provider can read it.')
      const judged = judgeHeader(header)
      if (judged) return judged
      if (uri === null) return unknown("The provider's metadata has no keys (jwks_uri) to check it with.")
      try {
        const check = await verified(token, uri)
        return check.result === 'valid' || header.nonce === undefined ? check : GRAPH
      } catch (error) {
        return unknown(`We can't read the provider's keys: ${(error as Error).message}`)
      }
    },
  }
}

async function readKeys(fetch: ProviderFetch, uri: string): Promise<Keys> {
  const request = { headers: { accept: 'application/json' }, redirects: 'same_origin', timeout: TIMEOUT, limit: LIMIT }
  const response = await fetch(uri, request as Parameters<ProviderFetch>[1]).catch((error: AppError) => {
    throw new NoKeys(error.message)
  })
  if (response.status !== 200) throw new NoKeys(`jwks_uri answered ${response.status}.`)
  try {
    return createLocalJWKSet((await response.json()) as JSONWebKeySet)
  } catch {
    throw new NoKeys('the answer of jwks_uri is not a JSON Web Key Set.')
  }
}

const unknown = (reason: string): SignatureCheck => ({ result: 'unknown', reason })
const invalid = (reason: string): SignatureCheck => ({ result: 'invalid', reason })

/** Microsoft signs a header with a hashed nonce, but sends another one. */
const GRAPH = unknown(
  'It has a nonce in its header, like access tokens for Microsoft Graph: only the API that it is for can check it.',
)

function headerOf(token: string): (ProtectedHeaderParameters & { nonce?: unknown; crit?: unknown }) | null {
  if (token.split('.').length !== 3) return null
  try {
    return decodeProtectedHeader(token)
  } catch {
    return null
  }
}

/** Decides by the header alone (RFC 7515 §4.1); null if the keys must decide. */
function judgeHeader({ alg, crit }: { alg?: unknown; crit?: unknown }): SignatureCheck | null {
  const name = typeof alg === 'string' ? alg.slice(0, 40) : 'none that can be read'
  if (/^none$/i.test(name)) return invalid('It is not signed (alg: none), so anyone could have written it.')
  if (crit !== undefined) {
    const names = [crit]
      .flat()
      .filter((one) => typeof one === 'string')
      .join(', ')
      .slice(0, 100)
    return unknown(`It needs an extension that this app does not know (crit: ${names}).`)
  }
  if (/^HS\d+$/.test(name)) return unknown(`It is signed with a secret that only the provider has (${name}).`)
  if (!ALGORITHMS.includes(name)) return unknown(`It is signed in a way that this app can't check (alg: ${name}).`)
  return null
}

/** Results that other keys may change: the key with this id is missing, or another key has its id. */
const CHANGED = ['ERR_JWKS_NO_MATCHING_KEY', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED']

const JUDGEMENTS: Record<string, SignatureCheck> = {
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: invalid("Its signature does not match the provider's key."),
  ERR_JWKS_NO_MATCHING_KEY: unknown(
    'The provider publishes no key for it, so only the provider can check it. This is normal for access tokens of an Okta org server.',
  ),
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: unknown(
    'The provider publishes several keys, and the token does not say which one signed it (kid).',
  ),
  ERR_JWS_INVALID: unknown('It is opaque: only the provider can read it.'),
}

async function verify(token: string, keys: Keys): Promise<{ code: string; check: SignatureCheck }> {
  try {
    await compactVerify(token, (header, jws) => keys(header, jws) as Promise<CryptoKey>, { algorithms: ALGORITHMS })
    return { code: '', check: { result: 'valid', reason: null } }
  } catch (error) {
    const code = String((error as { code?: string }).code)
    return { code, check: JUDGEMENTS[code] ?? unknown("We can't use the provider's key for it.") }
  }
}
