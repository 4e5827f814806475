import { randomBytes } from 'node:crypto'
import * as openid from 'openid-client'
import type { OAuth2Config, TokenEndpointAuthMethod } from '../config/config.js'
import { AppError } from '../errors.js'
import type { Preset } from '../knowledge/presets/preset.js'
import { candidateMethods, clientAuthentication } from './client-authentication.js'
import type { ProviderFetch } from './http.js'
import { createKeySet, type SignatureCheck } from './key-set.js'
import type { MetadataSource, ProviderMetadata } from './metadata.js'
import { asProviderError } from './provider-error.js'
import { readTokenAnswer, type TokenAnswer } from './token-answer.js'
import { tokenEndpointFetch } from './token-endpoint-fetch.js'

/** Who it is, and how it is reached. */
export interface ProviderContext {
  readonly config: OAuth2Config
  readonly metadata: MetadataSource
  readonly fetch: ProviderFetch
  /** What is known of this kind of provider; the generic one until its metadata is there. */
  preset(): Preset
}

/** What is said to it (exchanges.ts). */
export interface Exchanges {
  /** The way of sending the client's credentials: as set, or found out once. */
  authMethod(): Promise<TokenEndpointAuthMethod>
  /** The same, without asking: null while it is not known. */
  knownAuthMethod(): TokenEndpointAuthMethod | null
  /** Authorization code grant (RFC 6749 §4.1.3, RFC 7636 §4.5); no verifier with OAUTH2_PKCE=off. */
  exchangeCode(code: string, codeVerifier: string | null, redirectUri: string): Promise<TokenAnswer>
  /** Refresh token grant (RFC 6749 §6), sent once. `invalid_grant` when the token is dead. */
  refresh(refreshToken: string, method?: TokenEndpointAuthMethod): Promise<TokenAnswer>
  /** RFC 7662, with the hint that Keycloak needs; null when the provider has no such endpoint. */
  introspect(refreshToken: string): Promise<openid.IntrospectionResponse | null>
  /** RFC 7009. Resolves only when the provider said 200. */
  revoke(refreshToken: string): Promise<void>
  /** OpenID Connect UserInfo; null when there is none or it refuses. */
  userInfo(accessToken: string): Promise<Record<string, unknown> | null>
  /** A JWT's signature against the provider's JWKS, checked here. */
  checkSignature(token: string): Promise<SignatureCheck>
}

/** Milliseconds for a question that nothing hangs on. */
const ASKING = 5_000

/** What is said to the provider, by openid-client. */
export function createExchanges({ config, metadata, fetch, preset }: ProviderContext): Exchanges {
  const keys = createKeySet(fetch)
  let foundMethod: Promise<TokenEndpointAuthMethod> | null = null
  let known: TokenEndpointAuthMethod | null = null

  /** What openid-client needs for one exchange, by one way of sending the credentials. */
  const configuration = (
    known: ProviderMetadata,
    method: TokenEndpointAuthMethod,
    timeout?: number,
  ): openid.Configuration => {
    const made = new openid.Configuration(
      {
        ...known.discovered,
        // openid-client wants some issuer; where none is known no `iss` reaches it (token-endpoint-fetch.ts).
        issuer: known.issuer ?? new URL(known.token_endpoint).origin,
        token_endpoint: known.token_endpoint,
        ...(known.userinfo_endpoint && { userinfo_endpoint: known.userinfo_endpoint }),
        ...(known.introspection_endpoint && { introspection_endpoint: known.introspection_endpoint }),
        ...(known.revocation_endpoint && { revocation_endpoint: known.revocation_endpoint }),
      },
      config.clientId,
      config.clientSecret ?? undefined,
      clientAuthentication(method, config.clientSecret),
    )
    made[openid.customFetch] = tokenEndpointFetch((url, request) => fetch(url, { ...request, timeout }), known)
    // Which schemes are allowed was judged when the configuration and the metadata were read.
    openid.allowInsecureRequests(made)
    return made
  }

  const findMethod = async (known: ProviderMetadata): Promise<TokenEndpointAuthMethod> => {
    const { clientId, clientSecret } = config
    const { authMethod: usual } = preset()
    const offered = known.discovered?.token_endpoint_auth_methods_supported
    if (offered === undefined && usual !== undefined) return usual
    const candidates = candidateMethods(offered, clientId, clientSecret)
    const [first] = candidates as [TokenEndpointAuthMethod]
    // Only where encoding would change the credentials can Basic mean two things.
    if (!candidates.includes('client_secret_basic_raw')) return first
    for (const method of candidates) {
      if (await accepts(known, method)) return method
    }
    return first
  }

  /** A harmless refresh with a made-up token: refused as `invalid_grant` only once the client has been accepted. */
  const accepts = async (known: ProviderMetadata, method: TokenEndpointAuthMethod): Promise<boolean> => {
    const madeUp = randomBytes(24).toString('base64url')
    try {
      await openid.refreshTokenGrant(configuration(known, method), madeUp)
      return true
    } catch (error) {
      const failure = asProviderError(error, { where: 'refresh', provider: preset().id })
      if (failure.code === 'invalid_grant') return true
      if (failure.code === 'provider_error') return false
      throw failure
    }
  }

  const authMethod = async (): Promise<TokenEndpointAuthMethod> => {
    if (config.tokenEndpointAuthMethod !== 'auto') return config.tokenEndpointAuthMethod
    if (config.clientSecret === null) return 'none'
    foundMethod ??= metadata.get().then(findMethod)
    try {
      known = await foundMethod
      return known
    } catch (error) {
      foundMethod = null
      throw error
    }
  }

  const asked = (where: 'token' | 'refresh' | 'introspection' | 'revocation') => ({ where, provider: preset().id })

  const read = (answer: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers): TokenAnswer => {
    const claims = answer.claims()
    return readTokenAnswer(answer, claims ? { iss: claims.iss, sub: claims.sub } : null)
  }

  return {
    authMethod,

    knownAuthMethod() {
      if (config.tokenEndpointAuthMethod !== 'auto') return config.tokenEndpointAuthMethod
      return config.clientSecret === null ? 'none' : known
    },

    async exchangeCode(code, codeVerifier, redirectUri) {
      const [known, method] = [await metadata.get(), await authMethod()]
      try {
        const verifier: Record<string, string> = codeVerifier === null ? {} : { code_verifier: codeVerifier }
        const parameters = { code, ...verifier, redirect_uri: redirectUri }
        return read(await openid.genericGrantRequest(configuration(known, method), 'authorization_code', parameters))
      } catch (error) {
        throw asProviderError(error, asked('token'))
      }
    },

    async refresh(refreshToken, method) {
      const known = await metadata.get()
      const way = method ?? (await authMethod())
      try {
        return read(await openid.refreshTokenGrant(configuration(known, way), refreshToken))
      } catch (error) {
        throw asProviderError(error, asked('refresh'))
      }
    },

    async introspect(refreshToken) {
      const known = await metadata.get()
      if (known.introspection_endpoint === null) return null
      const way = await authMethod()
      try {
        const hint = { token_type_hint: 'refresh_token' }
        return await openid.tokenIntrospection(configuration(known, way, ASKING), refreshToken, hint)
      } catch (error) {
        throw asProviderError(error, asked('introspection'))
      }
    },

    async revoke(refreshToken) {
      const known = await metadata.get()
      if (known.revocation_endpoint === null) {
        throw new AppError('provider_error', 'This provider has no way to revoke a token by request (RFC 7009).', {
          hint: "Revoke it in the provider's own account or admin pages.",
          extra: { error: 'unsupported', error_description: null },
        })
      }
      const way = await authMethod()
      try {
        await openid.tokenRevocation(configuration(known, way), refreshToken, { token_type_hint: 'refresh_token' })
      } catch (error) {
        throw asProviderError(error, asked('revocation'))
      }
    },

    async userInfo(accessToken) {
      const known = await metadata.get()
      if (known.userinfo_endpoint === null) return null
      try {
        return await openid.fetchUserInfo(configuration(known, 'none'), accessToken, openid.skipSubjectCheck)
      } catch {
        // Keycloak answers 403 without the scope `openid`: who it is stays unknown, and nothing else fails.
        return null
      }
    },

    async checkSignature(token) {
      const known = await metadata.get()
      return keys.check(token, known.jwks_uri)
    },
  }
}
