import { type CryptoKey, compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose'
import type { ProviderFetch } from './http.js'

/** Whether a token's signature holds against the provider's keys. */
export interface SignatureCheck {
  result: 'valid' | 'invalid' | 'unknown'
  /** Why not, or why it can't be known; null when valid. */
  reason: string | null
}

const TIMEOUT = 5_000
const LIMIT = 256 * 1024
/** A key that is not there is looked for again, but not more often than this (milliseconds). */
const COOLDOWN = 30_000
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

type Keys = ReturnType<typeof createLocalJWKSet>

/** The provider's public keys (RFC 7517), fetched once and again when a key is missing. */
export function createKeySet(fetch: ProviderFetch) {
  let keys: Keys | null = null
  let asked = Number.NEGATIVE_INFINITY
  let loading: Promise<Keys> | null = null

  const load = (uri: string): Promise<Keys> => {
    asked = performance.now()
    loading ??= fetch(uri, { headers: { accept: 'application/json' }, timeout: TIMEOUT, limit: LIMIT })
      .then(async (response) => {
        keys = createLocalJWKSet((await response.json()) as JSONWebKeySet)
        return keys
      })
      .finally(() => {
        loading = null
      })
    return loading
  }

  const verify = async (token: string, with_: Keys) => {
    await compactVerify(token, (header, jws) => with_(header, jws) as Promise<CryptoKey>, { algorithms: ALGORITHMS })
  }

  return {
    /** Never rejects: what can't be told is `unknown`, with the reason. */
    async check(token: string, uri: string | null): Promise<SignatureCheck> {
      if (token.split('.').length !== 3) return unknown('It is opaque: only the provider can read it.')
      if (uri === null) return unknown('The provider names no keys (jwks_uri) to check it with.')
      try {
        const known = keys ?? (await load(uri))
        try {
          await verify(token, known)
        } catch (error) {
          const rotated = codeOf(error) === 'ERR_JWKS_NO_MATCHING_KEY' && performance.now() - asked > COOLDOWN
          if (!rotated) throw error
          await verify(token, await load(uri))
        }
        return { result: 'valid', reason: null }
      } catch (error) {
        return judge(error)
      }
    },
  }
}

const unknown = (reason: string): SignatureCheck => ({ result: 'unknown', reason })
const invalid = (reason: string): SignatureCheck => ({ result: 'invalid', reason })

const JUDGEMENTS: Record<string, SignatureCheck> = {
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: invalid("Its signature does not fit the provider's key."),
  ERR_JWKS_NO_MATCHING_KEY: invalid('The provider publishes no key with the id it names.'),
  ERR_JOSE_ALG_NOT_ALLOWED: unknown('It is signed with a key that only the provider has.'),
  ERR_JWS_INVALID: unknown('It is opaque: only the provider can read it.'),
}

const codeOf = (error: unknown) => (error as { code?: string }).code ?? ''

const judge = (error: unknown) =>
  JUDGEMENTS[codeOf(error)] ?? unknown("The provider's keys could not be fetched just now.")
