import { randomBytes } from 'node:crypto'
import OAuth2Strategy, { type StateStoreVerifyCallback } from 'passport-oauth2'
import type { TokenAnswer } from '../provider/token-answer.js'

/** What the strategy reads from a request and writes into it, so that it needs no web framework. */
export interface StrategyRequest {
  /** The callback's query; empty when a sign-in starts. */
  query: { code?: string; state?: string }
  /** PKCE's secret (RFC 7636): written when a sign-in starts, sent with the code. */
  code_verifier?: string | undefined
  /** Written when a sign-in starts (RFC 6749 §4.1.1). */
  state?: string
}

/** What an authorization request asks for (RFC 6749 §4.1.1). */
export interface AuthorizationRequest {
  authorization_endpoint: string
  client_id: string
  /** Absolute, and never derived from a request. */
  redirect_uri: string
  /** '' sends no scope. */
  scope: string
  /** Extra query parameters, in order; a name can appear twice. */
  authorizationParams: [string, string][]
  /** Whether to send a PKCE challenge (RFC 7636, S256). */
  pkce: boolean
}

/** Sends the code to the token endpoint (RFC 6749 §4.1.3). */
export type Exchange = (code: string, codeVerifier: string | undefined) => Promise<TokenAnswer>

type Done = (error: unknown, ...result: unknown[]) => void

/**
 * Runs the authorization code flow with PKCE. passport-oauth2 writes the authorization request with `state` and challenge, and reads
 * the code from the callback. We store `state` and the verifier, and we send the token request, because the package's own request has
 * no timeout and no size limit.
 */
export class OfflineTokenStrategy extends OAuth2Strategy {
  // Not `#params`: passport copies strategies by Object.create.
  private readonly params: Record<string, string | string[]>

  constructor(request: AuthorizationRequest, exchange: Exchange) {
    super(
      {
        authorizationURL: request.authorization_endpoint,
        // The package requires a value. The exchange below knows the address.
        tokenURL: request.authorization_endpoint,
        clientID: request.client_id,
        clientSecret: '',
        callbackURL: request.redirect_uri,
        ...(request.scope && { scope: request.scope }),
        pkce: request.pkce,
        state: true,
        skipUserProfile: true,
        store: stateStore as unknown as OAuth2Strategy.StateStore,
      },
      ((_access: string, _refresh: string, answer: TokenAnswer, _profile: unknown, done: Done) =>
        done(null, answer)) as unknown as OAuth2Strategy.VerifyFunction,
    )
    this.params = grouped(request.authorizationParams)
    this._oauth2.getOAuthAccessToken = ((code: string, sent: { code_verifier?: string }, done: Done) => {
      // The package requires an access token here; the answer says whether there is one.
      exchange(code, sent.code_verifier).then((answer) => done(null, 'in the answer', null, answer), done)
    }) as unknown as typeof this._oauth2.getOAuthAccessToken
  }

  override authorizationParams(): object {
    return { ...this.params }
  }

  /** Passes the error of the exchange on, unchanged. */
  _createOAuthError(_message: string, error: unknown): unknown {
    return error
  }
}

/** Acts as passport-oauth2's state store, but stores nothing: the caller of the strategy keeps the request. */
const stateStore = {
  store(request: StrategyRequest, codeVerifier: string | undefined, _state: unknown, _meta: unknown, done: Done) {
    request.state = randomBytes(32).toString('base64url')
    request.code_verifier = codeVerifier
    done(null, request.state)
  },
  verify(request: StrategyRequest, _state: string, _meta: unknown, done: StateStoreVerifyCallback) {
    // Without PKCE there is no verifier, and `true` lets the code through.
    done(null as never, (request.code_verifier ?? true) as never, undefined)
  },
}

/** Returns a name that appears twice as a list. */
function grouped(pairs: [string, string][]): Record<string, string | string[]> {
  const all: Record<string, string | string[]> = {}
  for (const [name, value] of pairs) all[name] = name in all ? [all[name] as string, value].flat() : value
  return all
}
