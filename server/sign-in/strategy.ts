import { randomBytes } from 'node:crypto'
import OAuth2Strategy, { type StateStoreVerifyCallback } from 'passport-oauth2'
import type { TokenAnswer } from '../provider/token-answer.js'

/** What the strategy reads of a request, and what it leaves there: no web framework's request is needed. */
export interface StrategyRequest {
  /** Of the callback; empty where a sign-in begins. */
  query: { code?: string; state?: string }
  /** PKCE's secret (RFC 7636): written when a sign-in begins, sent with the code. */
  code_verifier?: string | undefined
  /** Written when a sign-in begins (RFC 6749 §4.1.1). */
  state?: string
}

/** What an authorization request asks for (RFC 6749 §4.1.1). */
export interface AuthorizationRequest {
  authorization_endpoint: string
  client_id: string
  /** Absolute: never made up from what a request says. */
  redirect_uri: string
  /** '' sends none. */
  scope: string
  /** Extra query, in order; a name may come twice. */
  authorizationParams: [string, string][]
  /** Whether a challenge is sent (RFC 7636, S256). */
  pkce: boolean
}

/** Sends the code to the token endpoint (RFC 6749 §4.1.3). */
export type Exchange = (code: string, codeVerifier: string | undefined) => Promise<TokenAnswer>

type Done = (error: unknown, ...result: unknown[]) => void

/**
 * The authorization code flow with PKCE by passport-oauth2: it writes the authorization request with `state` and challenge, and
 * takes the code on the way back. Two things are ours: where `state` and the verifier are kept, and the token request, since
 * the package's own has no deadline, no size limit, and reads any answer.
 */
export class OfflineTokenStrategy extends OAuth2Strategy {
  // Not `#params`: passport copies strategies by Object.create.
  private readonly params: Record<string, string | string[]>

  constructor(request: AuthorizationRequest, exchange: Exchange) {
    super(
      {
        authorizationURL: request.authorization_endpoint,
        // The package asks for one. The exchange below knows the address.
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
      // The package wants some access token; the answer itself says whether one came.
      exchange(code, sent.code_verifier).then((answer) => done(null, 'in the answer', null, answer), done)
    }) as unknown as typeof this._oauth2.getOAuthAccessToken
  }

  override authorizationParams(): object {
    return { ...this.params }
  }

  /** Passes on what the exchange rejected with, unchanged. */
  _createOAuthError(_message: string, error: unknown): unknown {
    return error
  }
}

/** passport-oauth2's state store, which keeps nothing itself: whoever runs the strategy keeps what is in the request. */
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

/** A name that comes twice has a list. */
function grouped(pairs: [string, string][]): Record<string, string | string[]> {
  const all: Record<string, string | string[]> = {}
  for (const [name, value] of pairs) all[name] = name in all ? [all[name] as string, value].flat() : value
  return all
}
